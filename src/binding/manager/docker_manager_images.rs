//! The images of `DockerManager`.

use cofferdam_core::docker::images;
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{
    cancellation::JsCancellation,
    shared::{
        credentials::NativeCredentials,
        image_build::{GivenBuild, NativeBuildOptions},
    },
    streams::JsonStream,
};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn pull<'env>(
        &self,
        env: &'env Env,
        image: String,
        platform: Option<String>,
        credentials: Option<NativeCredentials>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let credentials = credentials.map(NativeCredentials::into_core).transpose()?;
            let pull = images::pull(&manager, &image, platform.as_deref(), credentials).await?;
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
        // Bytes of JavaScript are copied before the call returns.
        let options = options.into_core();
        self.call(env, cancellation, |manager| async move {
            let GivenBuild { context, parameters, credentials, secrets } = options?;
            let build = images::build(&manager, context, parameters, credentials, secrets).await?;
            Ok(JsonStream::new(build, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn push<'env>(
        &self,
        env: &'env Env,
        image: String,
        credentials: Option<NativeCredentials>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let credentials = credentials.map(NativeCredentials::into_core).transpose()?;
            let push = images::push(&manager, &image, credentials).await?;
            Ok(JsonStream::new(push, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn search<'env>(
        &self,
        env: &'env Env,
        term: String,
        limit: Option<u32>,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            images::search(&manager, &term, limit, filters).await
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
