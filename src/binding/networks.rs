//! Networks and volumes of tasks.

use std::{collections::HashMap, path::PathBuf};

use cofferdam_core::{
    Code, Error,
    docker::{NetworkOptions, NetworkPolicy, TaskMount, Traffic},
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use crate::{cancellation::JsCancellation, error::to_js, manager::NativeManager};

/// See `TaskNetworkOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeNetworkOptions {
    pub internal: Option<bool>,
    pub dns: Option<Vec<String>>,
    pub subnet: Option<String>,
}

/// See `NetworkStats` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeTraffic {
    pub received: f64,
    pub sent: f64,
    pub members: f64,
}

/// A volume, and where it is mounted.
#[napi(object, object_from_js = false)]
pub struct NativeTaskMount {
    pub source: String,
    pub target: String,
}

/// See `VolumeOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeVolumeOptions {
    pub name: Option<String>,
    pub driver: Option<String>,
    pub driver_options: Option<HashMap<String, String>>,
    pub labels: Option<HashMap<String, String>>,
}

/// Refuses a policy that is none.
#[napi]
pub fn check_policy(env: Env, allow: Vec<String>, deny: Vec<String>) -> napi::Result<()> {
    NetworkPolicy { allow, deny }.validate().map_err(|error| to_js(env, &error))
}

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
        let options = NetworkOptions {
            internal: options.internal.unwrap_or(false),
            dns: options.dns.unwrap_or_default(),
            subnet: options.subnet,
        };
        self.call(
            env,
            cancellation,
            |manager| async move { manager.create_task_network(&task, &options).await },
        )
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn connect_network<'env>(
        &self,
        env: &'env Env,
        container: String,
        network: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(
            env,
            cancellation,
            |manager| async move { manager.connect_network(&container, &network).await },
        )
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
            manager.disconnect_network(&container, &network).await
        })
    }

    #[napi(ts_return_type = "Promise<Array<string>>")]
    pub fn remove_task_networks<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.remove_task_networks(&task).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn task_networks<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { json(&manager.task_networks(&task).await?) })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn isolate_network<'env>(
        &self,
        env: &'env Env,
        network: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.isolate_network(&network).await })
    }

    #[napi(ts_return_type = "Promise<NativeTraffic>")]
    pub fn traffic<'env>(
        &self,
        env: &'env Env,
        network: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            manager.traffic(&network).await.map(NativeTraffic::from)
        })
    }

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
            manager.mount_workspace(&task, &path).await.map(NativeTaskMount::from)
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
            manager.mount_task_memory(&task).await.map(NativeTaskMount::from)
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
        self.call(env, cancellation, |manager| async move { manager.remove_task_volumes(&task, all).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn task_volumes<'env>(
        &self,
        env: &'env Env,
        task: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { json(&manager.task_volumes(&task).await?) })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn create_volume<'env>(
        &self,
        env: &'env Env,
        options: NativeVolumeOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            let (driver_options, labels) =
                (options.driver_options.unwrap_or_default(), options.labels.unwrap_or_default());
            let (driver_options, labels) =
                (driver_options.into_iter().collect(), labels.into_iter().collect());
            manager
                .create_volume(options.name.as_deref(), options.driver.as_deref(), &driver_options, &labels)
                .await
        })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn inspect_volume<'env>(
        &self,
        env: &'env Env,
        name: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.inspect_volume(&name).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn volumes<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.volumes(filters).await })
    }

    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn remove_volume<'env>(
        &self,
        env: &'env Env,
        name: String,
        force: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.remove_volume(&name, force).await })
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn prune_volumes<'env>(
        &self,
        env: &'env Env,
        filters: Option<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { manager.prune_volumes(filters).await })
    }
}

fn json(values: &[serde_json::Value]) -> Result<String, Error> {
    serde_json::to_string(values).map_err(|error| Error::new(Code::Internal, error.to_string()))
}

impl From<TaskMount> for NativeTaskMount {
    fn from(mount: TaskMount) -> Self {
        Self { source: mount.source, target: mount.target.to_owned() }
    }
}

impl From<Traffic> for NativeTraffic {
    #[expect(clippy::cast_precision_loss, reason = "no network carries 2^53 bytes")]
    fn from(traffic: Traffic) -> Self {
        Self { received: traffic.received as f64, sent: traffic.sent as f64, members: traffic.members as f64 }
    }
}
