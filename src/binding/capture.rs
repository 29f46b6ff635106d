//! Keeping the output of a command up to a limit.

use cofferdam_core::{
    Error,
    link::capture::{Capture, Captured},
    protocol::wire::limits::MAX_OUTPUT_LIMIT,
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either},
};
use napi_derive::napi;

use crate::{error::to_js, numbers::size};

/// Keeps one output stream up to a limit, as `exec` does.
#[napi]
pub struct OutputCapture {
    capture: Option<Capture>,
}

/// What is kept of one output stream.
#[napi(object, object_from_js = false)]
pub struct NativeKept {
    pub data: Buffer,
    pub total: f64,
    pub truncated: bool,
}

#[napi]
impl OutputCapture {
    #[napi(constructor)]
    pub fn new(env: Env, limit: Either<f64, String>) -> napi::Result<Self> {
        let checked = size("outputLimit", limit).and_then(|limit| {
            if limit <= MAX_OUTPUT_LIMIT {
                return Ok(limit);
            }
            let message = format!("outputLimit must be at most {MAX_OUTPUT_LIMIT} bytes, not {limit}");
            Err(Error::invalid("outputLimit", message))
        });
        Ok(Self { capture: Some(Capture::new(checked.map_err(|error| to_js(env, &error))?)) })
    }

    /// Adds output.
    #[napi]
    pub fn push(&mut self, data: &[u8]) {
        if let Some(capture) = &mut self.capture {
            capture.push(data);
        }
    }

    /// What was kept. It keeps nothing afterwards.
    #[napi]
    pub fn finish(&mut self) -> NativeKept {
        let capture = self.capture.take().unwrap_or_else(|| Capture::new(0));
        let Captured { bytes, total, truncated } = capture.finish(None);
        #[expect(clippy::cast_precision_loss, reason = "no command writes 2^53 bytes")]
        let total = total as f64;
        NativeKept { data: bytes.into(), total, truncated }
    }
}
