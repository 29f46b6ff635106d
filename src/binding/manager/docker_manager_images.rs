//! The images of `DockerManager`.

use cofferdam_core::docker::images;
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{cancellation::JsCancellation, shared::image_build::NativeBuildOptions, streams::JsonStream};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn pull<'env>(
        &self,
        env: &'env Env,
        image: String,
        platform: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let pull = images::pull(&manager, &image, platform.as_deref()).await?;
            Ok(JsonStream::new(pull, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn build<'env>(
        &self,
        env: &'env Env,
        options: NativeBuildOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let (context, parameters) = options.into_core();
            let build = images::build(&manager, context, parameters).await?;
            Ok(JsonStream::new(build, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn tag<'env>(
        &self,
        env: &'env Env,
        image: String,
        name: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { images::tag(&manager, &image, &name).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn history<'env>(
        &self,
        env: &'env Env,
        image: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { images::history(&manager, &image).await })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn remove_image<'env>(
        &self,
        env: &'env Env,
        image: String,
        force: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { images::remove(&manager, &image, force).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn images<'env>(
        &self,
        env: &'env Env,
        all: bool,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { images::list(&manager, all, filters).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn commit<'env>(
        &self,
        env: &'env Env,
        id: String,
        name: Option<String>,
        message: Option<String>,
        pause: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            images::commit(&manager, &id, name.as_deref(), message.as_deref(), pause).await
        })
    }
}
