use cofferdam_core::{
    Cancellation,
    docker::logs::{LogChunk, Logs},
    protocol::process::Output,
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Object},
};
use napi_derive::napi;

use super::source::Source;
use crate::promise::promise;

/// The log of a container.
#[napi]
pub struct LogStream(Source<Logs>);

/// A piece of a log.
#[napi(object, object_from_js = false)]
pub struct NativeLogChunk {
    pub stderr: bool,
    pub data: Buffer,
    pub timestamp: Option<String>,
}

#[napi]
impl LogStream {
    /// The next pieces; none at the end.
    #[napi(ts_return_type = "Promise<Array<NativeLogChunk>>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let source = self.0.clone();
        promise(env, async move {
            let chunks = source.next(async |logs: &mut Logs| logs.next().await, Vec::new()).await?;
            Ok(chunks.into_iter().map(NativeLogChunk::from).collect::<Vec<_>>())
        })
    }

    /// Closes the connection; a pending `next` gets the end.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl LogStream {
    /// Reads a log until the manager is closed.
    pub fn new(logs: Logs, closing: Cancellation) -> Self {
        Self(Source::new(logs, closing))
    }
}

impl From<LogChunk> for NativeLogChunk {
    fn from(chunk: LogChunk) -> Self {
        Self { stderr: chunk.stream == Output::Stderr, data: chunk.data.into(), timestamp: chunk.timestamp }
    }
}
