use cofferdam_core::docker::stats::Stats;
use napi_derive::napi;

/// See `ContainerStats` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeStats {
    pub cpu_percent: f64,
    pub memory_used: f64,
    pub memory_limit: Option<f64>,
    pub pids: f64,
    pub pids_limit: Option<f64>,
    pub received: Option<f64>,
    pub sent: Option<f64>,
    pub block_read: f64,
    pub block_written: f64,
    pub from_engine: bool,
}

#[expect(clippy::cast_precision_loss, reason = "nothing here reaches 2^53")]
impl From<Stats> for NativeStats {
    fn from(stats: Stats) -> Self {
        let (received, sent) = stats.network.unzip();
        Self {
            cpu_percent: stats.cpu_percent,
            memory_used: stats.memory_used as f64,
            memory_limit: stats.memory_limit.map(|limit| limit as f64),
            pids: stats.pids as f64,
            pids_limit: stats.pids_limit.map(|limit| limit as f64),
            received: received.map(|bytes| bytes as f64),
            sent: sent.map(|bytes| bytes as f64),
            block_read: stats.block.0 as f64,
            block_written: stats.block.1 as f64,
            from_engine: stats.from_engine,
        }
    }
}
