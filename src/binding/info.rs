use cofferdam_core::sandbox::{
    Summary,
    info::{Info, Ready},
};
use napi_derive::napi;

use crate::disk::NativeDisk;

/// A running sandbox; see `Sandbox` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeReady {
    pub container_id: String,
    pub workspace_kind: String,
    pub workspace: String,
}

/// The current state of a sandbox; see `SandboxInfo` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeInfo {
    pub id: String,
    pub container_id: String,
    pub state: String,
    pub image: String,
    pub image_id: String,
    pub created: String,
    pub workspace_kind: String,
    pub workspace: String,
    pub memory: f64,
    pub cpus: f64,
    pub pids: u32,
    pub disk: NativeDisk,
    pub user: String,
    pub network: bool,
    pub host_blocked: bool,
    pub metadata_blocked: bool,
    pub seccomp: String,
    pub agent: String,
}

/// A sandbox in a list; see `SandboxSummary` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeSummary {
    pub id: String,
    pub container_id: String,
    pub state: String,
    pub running: bool,
    pub image: String,
    pub created: f64,
}

impl From<Ready> for NativeReady {
    fn from(ready: Ready) -> Self {
        Self {
            container_id: ready.container_id,
            workspace_kind: ready.workspace_kind.to_owned(),
            workspace: ready.workspace,
        }
    }
}

impl From<Info> for NativeInfo {
    #[expect(clippy::cast_precision_loss, reason = "no machine has 2^53 bytes of memory")]
    fn from(info: Info) -> Self {
        Self {
            id: info.id,
            container_id: info.container_id,
            state: info.state.to_owned(),
            image: info.image,
            image_id: info.image_id,
            created: info.created,
            workspace_kind: info.workspace_kind.to_owned(),
            workspace: info.workspace,
            memory: info.memory as f64,
            cpus: info.cpus,
            pids: info.pids,
            disk: info.disk.into(),
            user: info.user,
            network: info.network,
            host_blocked: info.isolation.host,
            metadata_blocked: info.isolation.metadata,
            seccomp: info.seccomp.to_owned(),
            agent: info.agent,
        }
    }
}

impl From<Summary> for NativeSummary {
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 stay below 2^53")]
    fn from(summary: Summary) -> Self {
        Self {
            id: summary.id,
            container_id: summary.container_id,
            running: summary.state.is_up(),
            state: summary.state.as_str().to_owned(),
            image: summary.image,
            created: summary.created as f64,
        }
    }
}
