use cofferdam_core::{
    Error, Result,
    janitor::{pass::Cleaned, policy::Policy},
};
use napi_derive::napi;

use crate::numbers::milliseconds;

/// What a pass of the janitor did; see `CleanupReport` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeCleaned {
    pub stopped: Vec<String>,
    pub removed: Vec<String>,
    pub leftovers: Vec<String>,
    pub images: Vec<String>,
    pub volumes: Vec<String>,
    pub networks: Vec<String>,
    pub files: Vec<String>,
    pub failures: Vec<NativeCleanupFailure>,
}

/// Something that could not be cleaned up.
#[napi(object, object_from_js = false)]
pub struct NativeCleanupFailure {
    pub id: String,
    pub code: String,
    pub message: String,
}

/// The policy of a pass, with times in milliseconds; `None` means never.
pub fn policy(idle: Option<f64>, expired: Option<f64>, detached: Option<f64>) -> Result<Policy> {
    let time = |option, given: Option<f64>| given.map(|given| milliseconds(option, given)).transpose();
    Ok(Policy {
        idle: time("idleTimeout", idle)?,
        expired: time("removeAfter", expired)?,
        detached: time("detachedGrace", detached)?.unwrap_or_default(),
    })
}

impl From<Cleaned> for NativeCleaned {
    fn from(cleaned: Cleaned) -> Self {
        let failure = |(id, error): (String, Error)| NativeCleanupFailure {
            id,
            code: error.code().as_str().to_owned(),
            message: error.message().to_owned(),
        };
        Self {
            stopped: cleaned.stopped,
            removed: cleaned.removed,
            leftovers: cleaned.leftovers,
            images: cleaned.rest.images,
            volumes: cleaned.rest.volumes,
            networks: cleaned.rest.networks,
            files: cleaned.rest.files,
            failures: cleaned.rest.failures.into_iter().map(failure).collect(),
        }
    }
}
