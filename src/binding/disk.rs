use cofferdam_core::sandbox::DiskInfo;
use napi_derive::napi;

/// See `DiskInfo` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeDisk {
    pub limit: Option<f64>,
    pub used: Option<f64>,
    pub enforcement: String,
}

impl From<DiskInfo> for NativeDisk {
    #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53")]
    fn from(disk: DiskInfo) -> Self {
        let DiskInfo { limit, used, enforcement } = disk;
        Self {
            limit: limit.map(|bytes| bytes as f64),
            used: used.map(|bytes| bytes as f64),
            enforcement: enforcement.to_owned(),
        }
    }
}
