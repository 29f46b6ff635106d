use std::collections::HashMap;

use cofferdam_core::docker::volumes::{TaskMount, VolumeOptions};
use napi_derive::napi;

/// A volume, and the path to mount it at.
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

impl NativeVolumeOptions {
    pub fn into_core(self) -> VolumeOptions {
        VolumeOptions {
            name: self.name,
            driver: self.driver,
            driver_options: self.driver_options.unwrap_or_default().into_iter().collect(),
            labels: self.labels.unwrap_or_default().into_iter().collect(),
        }
    }
}

impl From<TaskMount> for NativeTaskMount {
    fn from(mount: TaskMount) -> Self {
        Self { source: mount.source, target: mount.target.to_owned() }
    }
}
