use cofferdam_core::{Error, janitor::pass::Cleaned};
use napi_derive::napi;

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

/// What could not be cleaned.
#[napi(object, object_from_js = false)]
pub struct NativeCleanupFailure {
    pub id: String,
    pub code: String,
    pub message: String,
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
