//! Sessions, and what keeps house.

use std::time::Duration;

use cofferdam_core::{
    Result,
    sandbox::{Cleaned, Health, Policy, Session, Usage, milliseconds as since_1970},
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use crate::{
    cancellation::JsCancellation,
    options::{NativeOptions, milliseconds},
    sandboxes::{NativeDisk, NativeSandboxes},
};

/// A session; see `SessionInfo` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeSession {
    pub id: String,
    pub profile: String,
    pub image: String,
    pub container_id: Option<String>,
    /// The container's state.
    pub state: Option<String>,
    pub disk: NativeDisk,
    /// As JSON.
    pub metadata: String,
    pub created: f64,
    pub last_activity: f64,
}

/// See `Usage` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeUsage {
    pub used: f64,
    pub limit: f64,
}

/// How a sandbox is; see `SandboxHealth` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeHealth {
    pub state: Option<String>,
    pub agent_latency: Option<f64>,
    pub memory: Option<NativeUsage>,
    pub pids: Option<NativeUsage>,
    pub disk: Option<NativeUsage>,
    pub problems: Vec<String>,
}

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

#[napi]
impl NativeSandboxes {
    #[napi(ts_return_type = "Promise<string>")]
    pub fn create_session<'env>(
        &self,
        env: &'env Env,
        id: Option<String>,
        options: NativeOptions,
        metadata: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let options = options.into_core();
        self.call(env, cancellation, |sandboxes| async move {
            let sandbox = sandboxes.create_session(id, options?, metadata).await?;
            Ok(sandbox.id().to_string())
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn destroy_session<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move { sandboxes.destroy_session(id).await })
    }

    #[napi(ts_return_type = "Promise<NativeSession>")]
    pub fn session<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.session(id).await.map(NativeSession::from)
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeSession>>")]
    pub fn sessions<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            Ok(sandboxes.sessions().await?.into_iter().map(NativeSession::from).collect::<Vec<_>>())
        })
    }

    #[napi(ts_return_type = "Promise<NativeHealth>")]
    pub fn health<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.get(id)?.health().await.map(NativeHealth::from)
        })
    }

    /// How long the engine takes to answer, in milliseconds.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn ping<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |sandboxes| async move { sandboxes.ping().await.map(in_milliseconds) })
    }

    /// One pass of the janitor. Times in milliseconds; none is never.
    #[napi(ts_return_type = "Promise<NativeCleaned>")]
    pub fn clean<'env>(
        &self,
        env: &'env Env,
        idle: Option<f64>,
        expired: Option<f64>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let time = |option, given: Option<f64>| given.map(|given| milliseconds(option, given)).transpose();
        let policy = || -> Result<Policy> {
            Ok(Policy { idle: time("idleTimeout", idle)?, expired: time("removeAfter", expired)? })
        };
        let policy = policy();
        self.call(env, cancellation, |sandboxes| async move {
            sandboxes.clean(policy?).await.map(NativeCleaned::from)
        })
    }
}

impl From<Session> for NativeSession {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
    fn from(session: Session) -> Self {
        let (container_id, state) = session.container.unzip();
        Self {
            id: session.id,
            profile: session.record.options.profile.name().to_owned(),
            image: session.record.options.image,
            container_id,
            state: state.map(|state| state.as_str().to_owned()),
            disk: session.disk.into(),
            metadata: session.record.metadata,
            created: session.record.created as f64,
            last_activity: since_1970(session.last_activity) as f64,
        }
    }
}

impl From<Usage> for NativeUsage {
    #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes of memory")]
    fn from(usage: Usage) -> Self {
        Self { used: usage.used as f64, limit: usage.limit as f64 }
    }
}

impl From<Health> for NativeHealth {
    fn from(health: Health) -> Self {
        Self {
            state: health.state.map(|state| state.as_str().to_owned()),
            agent_latency: health.agent.map(in_milliseconds),
            memory: health.memory.map(NativeUsage::from),
            pids: health.pids.map(NativeUsage::from),
            disk: health.disk.map(NativeUsage::from),
            problems: health.problems.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl From<Cleaned> for NativeCleaned {
    fn from(cleaned: Cleaned) -> Self {
        let failure = |(id, error): (String, cofferdam_core::Error)| NativeCleanupFailure {
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

/// To a thousandth, which is what a time in milliseconds can be trusted to.
fn in_milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
