use cofferdam_core::{
    Cancellation,
    docker::attach::{Attached, AttachedInput, AttachedOutput, Process},
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::{log_stream::NativeLogChunk, source::Source};
use crate::{
    cancellation::{JsCancellation, unless_cancelled},
    promise::promise,
};

/// A process that is attached to.
#[napi]
pub struct Attachment {
    output: Source<AttachedOutput>,
    input: Source<AttachedInput>,
    process: Process,
}

#[napi]
impl Attachment {
    /// The next pieces of its output; none at the end.
    #[napi(ts_return_type = "Promise<Array<NativeLogChunk>>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let source = self.output.clone();
        promise(env, async move {
            let next = async |output: &mut AttachedOutput| output.next().await;
            let chunks = source.next(next, Vec::new()).await?;
            Ok(chunks.into_iter().map(NativeLogChunk::from).collect::<Vec<_>>())
        })
    }

    /// Writes to its input; `false` if nobody reads any more.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn write<'env>(&self, env: &'env Env, bytes: &[u8]) -> napi::Result<Object<'env>> {
        let (source, bytes) = (self.input.clone(), bytes.to_vec());
        promise(env, async move {
            source.next(async |input: &mut AttachedInput| input.write(&bytes).await, false).await
        })
    }

    /// Ends its input.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn end<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let source = self.input.clone();
        promise(
            env,
            async move { source.next(async |input: &mut AttachedInput| input.end().await, ()).await },
        )
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn resize<'env>(&self, env: &'env Env, columns: u16, rows: u16) -> napi::Result<Object<'env>> {
        let process = self.process.clone();
        promise(env, async move { process.resize(columns, rows).await })
    }

    #[napi(ts_return_type = "Promise<number>")]
    pub fn exit_code<'env>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let process = self.process.clone();
        let wait = async move { process.exit_code().await };
        promise(env, unless_cancelled(JsCancellation::inner(cancellation), wait))
    }

    /// Closes the connection; a pending `next` gets the end.
    #[napi]
    pub fn close(&self) {
        self.output.close();
        self.input.close();
    }
}

impl Attachment {
    /// Attached until the manager is closed.
    pub fn new(attached: Attached, closing: &Cancellation) -> Self {
        Self {
            output: Source::new(attached.output, closing.clone()),
            input: Source::new(attached.input, closing.clone()),
            process: attached.process,
        }
    }
}
