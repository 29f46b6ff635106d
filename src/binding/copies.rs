//! Directories and files that are copied into a sandbox and out of it.

use cofferdam_core::{Cancellation, Result, protocol::copy::Copied, sandbox::CopyOptions};
use napi::{
    Env,
    bindgen_prelude::{Either, Object},
};
use napi_derive::napi;

use crate::{
    cancellation::JsCancellation,
    options::{size, whole},
    sandboxes::NativeSandboxes,
};

/// What a copy may be; see `CopyOptions` in index.d.ts.
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

#[napi]
impl NativeSandboxes {
    #[napi(ts_return_type = "Promise<NativeCopied>")]
    pub fn copy_to<'env>(
        &self,
        env: &'env Env,
        id: String,
        host_path: String,
        path: String,
        options: NativeCopyOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let cancellation = JsCancellation::inner(cancellation);
        // It sees to its end itself: what it has begun must go.
        self.call(env, None, |sandboxes| async move {
            let options = options.into_core(cancellation)?;
            sandboxes.get(id)?.copy_to(host_path.into(), &path, options).await.map(NativeCopied::from)
        })
    }

    #[napi(ts_return_type = "Promise<NativeCopied>")]
    pub fn copy_from<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        host_path: String,
        options: NativeCopyOptions,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let cancellation = JsCancellation::inner(cancellation);
        self.call(env, None, |sandboxes| async move {
            let options = options.into_core(cancellation)?;
            sandboxes.get(id)?.copy_from(&path, host_path.into(), options).await.map(NativeCopied::from)
        })
    }
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
    #[expect(clippy::cast_precision_loss, reason = "nobody copies 2^53 bytes")]
    fn from(copied: Copied) -> Self {
        Self { entries: copied.entries as f64, bytes: copied.bytes as f64 }
    }
}
