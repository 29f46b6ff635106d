use cofferdam_core::sandbox::{Usage, health::Health};
use napi_derive::napi;

use crate::time::in_milliseconds;

/// See `Usage` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeUsage {
    pub used: f64,
    pub limit: f64,
}

/// The health of a sandbox; see `SandboxHealth` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeHealth {
    pub state: Option<String>,
    pub agent_latency: Option<f64>,
    pub memory: Option<NativeUsage>,
    pub pids: Option<NativeUsage>,
    pub disk: Option<NativeUsage>,
    pub problems: Vec<String>,
}

impl From<Usage> for NativeUsage {
    #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes of memory")]
    fn from(usage: Usage) -> Self {
        Self { used: usage.used as f64, limit: usage.limit as f64 }
    }
}

impl From<Health> for NativeHealth {
    fn from(health: Health) -> Self {
        Self {
            state: health.state.map(|state| state.as_str().to_owned()),
            agent_latency: health.agent.map(in_milliseconds),
            memory: health.memory.map(NativeUsage::from),
            pids: health.pids.map(NativeUsage::from),
            disk: health.disk.map(NativeUsage::from),
            problems: health.problems.into_iter().map(str::to_owned).collect(),
        }
    }
}
