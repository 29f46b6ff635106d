//! `VolumeManager`.

use std::path::PathBuf;

use cofferdam_core::docker::volumes;
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{
    cancellation::JsCancellation,
    shared::{
        json::json,
        volume::{NativeTaskMount, NativeVolumeOptions},
    },
};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<NativeTaskMount>")]
    pub fn mount_workspace<'env>(
        &self,
        env: &'env Env,
        task: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let path = PathBuf::from(path);
        self.call(env, cancellation, |manager| async move {
            volumes::mount_workspace(&manager, &task, &path).await.map(NativeTaskMount::from)
        })
    }

    #[napi(ts_return_type = "Promise<NativeTaskMount>")]
    pub fn mount_task_memory<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            volumes::mount_memory(&manager, &task).await.map(NativeTaskMount::from)
        })
    }

    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn remove_task_volumes<'env>(
        &self,
        env: &'env Env,
        task: String,
        all: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(
            env,
            cancellation,
            |manager| async move { volumes::remove_of_task(&manager, &task, all).await },
        )
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn task_volumes<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { json(&volumes::of_task(&manager, &task).await?) })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn create_volume<'env>(
        &self,
        env: &'env Env,
        options: NativeVolumeOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let options = options.into_core();
        self.call(env, cancellation, |manager| async move { volumes::create(&manager, &options).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn inspect_volume<'env>(
        &self,
        env: &'env Env,
        name: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { volumes::inspect(&manager, &name).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn volumes<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { volumes::list(&manager, filters).await })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn remove_volume<'env>(
        &self,
        env: &'env Env,
        name: String,
        force: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { volumes::remove(&manager, &name, force).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn prune_volumes<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { volumes::prune(&manager, filters).await })
    }
}
