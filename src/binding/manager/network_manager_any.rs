//! Networks of any kind, of `NetworkManager`.

use cofferdam_core::docker::networks;
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{cancellation::JsCancellation, shared::network::NativeNewNetwork};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<string>")]
    pub fn create_network<'env>(
        &self,
        env: &'env Env,
        options: NativeNewNetwork,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let new = options.into_core();
        self.call(env, cancellation, |manager| async move { networks::create(&manager, &new).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn inspect_network<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { networks::inspect(&manager, &id).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn list_networks<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { networks::list(&manager, filters).await })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn remove_network<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { networks::remove(&manager, &id).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn prune_networks<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { networks::prune(&manager, filters).await })
    }
}
