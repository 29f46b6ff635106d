//! The class for sessions.

use std::sync::Arc;

use cofferdam_core::{
    sandbox::Sandboxes,
    session::{Session, sessions},
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use crate::{
    cancellation::JsCancellation, disk::NativeDisk, options::NativeOptions, promise::call,
    sandboxes::NativeSandboxes,
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

/// The sessions of one data directory.
#[napi]
pub struct NativeSessions(Arc<Sandboxes>);

#[napi]
impl NativeSessions {
    /// The sessions among these sandboxes, which must have been made with `recorded`.
    #[napi(constructor)]
    pub fn new(sandboxes: &NativeSandboxes) -> Self {
        Self(Arc::clone(sandboxes.sandboxes()))
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn create<'env>(
        &self,
        env: &'env Env,
        id: Option<String>,
        options: NativeOptions,
        metadata: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let options = options.into_core();
        call(env, &self.0, cancellation, |sandboxes| async move {
            let sandbox = sessions::create(&sandboxes, id, options?, metadata).await?;
            Ok(sandbox.id().to_string())
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn destroy<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move { sessions::destroy(&sandboxes, id).await })
    }

    #[napi(ts_return_type = "Promise<NativeSession>")]
    pub fn get<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
            sessions::get(&sandboxes, id).await.map(NativeSession::from)
        })
    }

    #[napi(ts_return_type = "Promise<Array<NativeSession>>")]
    pub fn list<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        call(env, &self.0, cancellation, |sandboxes| async move {
            Ok(sessions::list(&sandboxes).await?.into_iter().map(NativeSession::from).collect::<Vec<_>>())
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
            last_activity: sessions::milliseconds(session.last_activity) as f64,
        }
    }
}
