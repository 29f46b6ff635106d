use cofferdam_core::{Cancellation, Result, copy::options::CopyOptions, protocol::copy::Copied};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::numbers::{size, whole};

/// Options of a copy; see `CopyOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeCopyOptions {
    pub max_bytes: Option<Either<f64, String>>,
    pub max_entries: Option<f64>,
}

/// What was copied; see `CopyResult` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeCopied {
    pub entries: f64,
    pub bytes: f64,
}

impl NativeCopyOptions {
    /// The options as the core takes them.
    pub fn into_core(self, cancellation: Cancellation) -> Result<CopyOptions> {
        let mut limits = CopyOptions::LIMITS;
        if let Some(bytes) = self.max_bytes {
            limits.bytes = size("maxBytes", bytes)?;
        }
        if let Some(entries) = self.max_entries {
            limits.entries = u64::from(whole("maxEntries", entries)?);
        }
        Ok(CopyOptions { limits, cancellation })
    }
}

impl From<Copied> for NativeCopied {
    #[expect(clippy::cast_precision_loss, reason = "no copy has 2^53 bytes")]
    fn from(copied: Copied) -> Self {
        Self { entries: copied.entries as f64, bytes: copied.bytes as f64 }
    }
}
