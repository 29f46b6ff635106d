use cofferdam_core::{Result, docker::Defaults};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::numbers::size;

/// Limits for containers whose configuration sets none.
#[derive(Clone, Copy)]
#[napi(object, object_to_js = false)]
pub struct NativeDefaults {
    pub memory: Option<f64>,
    pub cpu_shares: Option<f64>,
    pub pids: Option<f64>,
}

impl NativeDefaults {
    pub fn into_core(self) -> Result<Defaults> {
        let whole =
            |option, given: Option<f64>| given.map(|value| size(option, Either::A(value))).transpose();
        let defaults = Defaults {
            memory: whole("memory", self.memory)?,
            cpu_shares: whole("cpuShares", self.cpu_shares)?,
            pids: whole("pids", self.pids)?,
        };
        defaults.validate()?;
        Ok(defaults)
    }
}
