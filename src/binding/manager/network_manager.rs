//! `NetworkManager`.

use cofferdam_core::docker::networks;
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{
    cancellation::JsCancellation,
    shared::{
        json::json,
        network::{NativeEndpoint, NativeNetworkOptions, NativeTraffic},
    },
};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<string>")]
    pub fn create_task_network<'env>(
        &self,
        env: &'env Env,
        task: String,
        options: NativeNetworkOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let options = options.into_core();
        self.call(env, cancellation, |manager| async move {
            networks::create_for_task(&manager, &task, &options).await
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn connect_network<'env>(
        &self,
        env: &'env Env,
        container: String,
        network: String,
        endpoint: NativeEndpoint,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let endpoint = endpoint.into_core();
        self.call(env, cancellation, |manager| async move {
            networks::connect(&manager, &container, &network, &endpoint).await
        })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn disconnect_network<'env>(
        &self,
        env: &'env Env,
        container: String,
        network: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            networks::disconnect(&manager, &container, &network).await
        })
    }

    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn remove_task_networks<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { networks::remove_of_task(&manager, &task).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn task_networks<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(
            env,
            cancellation,
            |manager| async move { json(&networks::of_task(&manager, &task).await?) },
        )
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn isolate_network<'env>(
        &self,
        env: &'env Env,
        network: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { networks::isolate(&manager, &network).await })
    }

    #[napi(ts_return_type = "Promise<NativeTraffic>")]
    pub fn traffic<'env>(
        &self,
        env: &'env Env,
        network: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            networks::traffic(&manager, &network).await.map(NativeTraffic::from)
        })
    }
}
