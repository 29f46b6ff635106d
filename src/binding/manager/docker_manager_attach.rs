//! Processes that `DockerManager` attaches to.

use cofferdam_core::docker::attach;
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{
    cancellation::JsCancellation,
    shared::attach::{NativeAttachOptions, NativeStartOptions},
    streams::Attachment,
};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<Attachment>")]
    pub fn attach<'env>(
        &self,
        env: &'env Env,
        id: String,
        options: NativeAttachOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let attached = attach::attach(&manager, &id, options.into_core()).await?;
            Ok(Attachment::new(attached, manager.closing()))
        })
    }

    #[napi(ts_return_type = "Promise<Attachment>")]
    pub fn start_process<'env>(
        &self,
        env: &'env Env,
        id: String,
        options: NativeStartOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let attached = attach::start(&manager, &id, options.into_core()).await?;
            Ok(Attachment::new(attached, manager.closing()))
        })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn update<'env>(
        &self,
        env: &'env Env,
        id: String,
        update: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            cofferdam_core::docker::containers::update(&manager, &id, &update).await
        })
    }
}
