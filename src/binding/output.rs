use std::sync::{Arc, Mutex, PoisonError};

use cofferdam_core::{Error, link::command::Chunk, protocol::process::Output};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Object},
};
use napi_derive::napi;
use tokio::sync::mpsc;

use crate::{error::to_js, promise::promise};

/// How many pieces wait for JavaScript before the command is blocked.
const BACKLOG: usize = 16;

/// The output of a running command, piece by piece. Pieces are read on demand. Those that have arrived are delivered together,
/// because a call costs more than copying a kilobyte.
#[napi]
pub struct OutputStream {
    sender: Mutex<Option<mpsc::Sender<Chunk>>>,
    receiver: Arc<tokio::sync::Mutex<mpsc::Receiver<Chunk>>>,
}

/// A piece of output.
#[napi(object)]
pub struct OutputChunk {
    /// Whether it was written to standard error.
    pub stderr: bool,
    pub data: Buffer,
}

#[napi]
impl OutputStream {
    #[napi(constructor)]
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        Self { sender: Mutex::new(Some(sender)), receiver: Arc::new(tokio::sync::Mutex::new(receiver)) }
    }

    /// Adds a piece on behalf of a simulated command. Waits as a command would.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push<'env>(&self, env: &'env Env, stderr: bool, data: &[u8]) -> napi::Result<Object<'env>> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stream = if stderr { Output::Stderr } else { Output::Stdout };
        let chunk = Chunk { stream, data: data.to_vec() };
        promise(env, async move {
            if let Some(sender) = sender {
                // The receiver may have been dropped.
                let _ = sender.send(chunk).await;
            }
            Ok(())
        })
    }

    /// Ends a stream that was not passed to a command.
    #[napi]
    pub fn close(&self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The next pieces; an empty array at the end.
    #[napi(ts_return_type = "Promise<Array<OutputChunk>>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let receiver = Arc::clone(&self.receiver);
        promise(env, async move {
            let mut chunks = Vec::new();
            receiver.lock().await.recv_many(&mut chunks, BACKLOG).await;
            Ok(merge(chunks))
        })
    }
}

impl OutputStream {
    /// The end that a command writes to. It can be taken once.
    pub fn take_sender(&self, env: Env) -> napi::Result<mpsc::Sender<Chunk>> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        sender.ok_or_else(|| {
            to_js(env, &Error::invalid("output", "an output stream can only be used for one command"))
        })
    }
}

/// Joins adjacent pieces of the same stream.
fn merge(chunks: Vec<Chunk>) -> Vec<OutputChunk> {
    let mut merged: Vec<Chunk> = Vec::new();
    for chunk in chunks {
        match merged.last_mut() {
            Some(last) if last.stream == chunk.stream => last.data.extend(chunk.data),
            _ => merged.push(chunk),
        }
    }
    merged
        .into_iter()
        .map(|chunk| OutputChunk { stderr: chunk.stream == Output::Stderr, data: chunk.data.into() })
        .collect()
}
