use cofferdam_core::{Cancellation, docker::bytes::Download};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Object},
};
use napi_derive::napi;

use super::source::Source;
use crate::promise::promise;

/// Bytes of the engine.
#[napi]
pub struct ByteStream(Source<Download>);

#[napi]
impl ByteStream {
    /// The next bytes; `null` at the end.
    #[napi(ts_return_type = "Promise<Buffer | null>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let source = self.0.clone();
        promise(env, async move {
            let bytes = source.next(async |download: &mut Download| download.next().await, None).await?;
            Ok(bytes.map(|bytes| Buffer::from(Vec::from(bytes))))
        })
    }

    /// Closes the connection; a pending `next` gets the end.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl ByteStream {
    /// Reads until the manager is closed.
    pub fn new(download: Download, closing: Cancellation) -> Self {
        Self(Source::new(download, closing))
    }
}
