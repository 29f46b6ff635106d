//! What the engine sends piece by piece. Nothing is read before it is asked for.

use std::sync::Arc;

use cofferdam_core::{
    Cancellation, Code, Error, Result,
    docker::{Build, Events, LogChunk, Logs, Pull},
    protocol::process::Output,
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Object},
};
use napi_derive::napi;
use tokio::sync::Mutex;

use crate::promise::promise;

/// A source that ends with what it belongs to, or when it is closed.
struct Source<T> {
    inner: Arc<Mutex<Option<T>>>,
    closed: Cancellation,
    closing: Cancellation,
}

impl<T: Send + 'static> Source<T> {
    fn new(inner: T, closing: Cancellation) -> Self {
        Self { inner: Arc::new(Mutex::new(Some(inner))), closed: Cancellation::default(), closing }
    }

    fn close(&self) {
        self.closed.cancel();
        // One that is being read goes when its reader hears of it.
        if let Ok(mut inner) = self.inner.try_lock() {
            *inner = None;
        }
    }

    /// Reads on; at the end, and after that, `none`.
    async fn next<R>(self, read: impl AsyncFnOnce(&mut T) -> Result<R>, none: R) -> Result<R> {
        let mut inner = self.inner.lock().await;
        let Some(source) = inner.as_mut() else { return Ok(none) };
        let outcome = tokio::select! {
            biased;
            () = self.closed.cancelled() => Ok(none),
            () = self.closing.cancelled() => Err(closed()),
            outcome = read(source) => return outcome,
        };
        // The connection goes with it.
        *inner = None;
        outcome
    }
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), closed: self.closed.clone(), closing: self.closing.clone() }
    }
}

/// A container's log.
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

    /// Closes the connection; who waits for a piece gets the end.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl LogStream {
    /// Of a log, until the manager ends.
    pub fn new(logs: Logs, closing: Cancellation) -> Self {
        Self(Source::new(logs, closing))
    }
}

impl From<LogChunk> for NativeLogChunk {
    fn from(chunk: LogChunk) -> Self {
        Self { stderr: chunk.stream == Output::Stderr, data: chunk.data.into(), timestamp: chunk.timestamp }
    }
}

/// What an engine says next, as JSON; nothing at the end.
pub enum JsonSource {
    /// Of what happens.
    Events(Box<Events>),
    /// Of an image that is pulled.
    Pull(Box<Pull>),
    /// Of an image that is built.
    Build(Box<Build>),
}

async fn next_of(source: &mut JsonSource) -> Result<Option<String>, Error> {
    let value = match source {
        JsonSource::Events(events) => events.next().await?,
        JsonSource::Pull(pull) => pull.next().await?,
        JsonSource::Build(build) => build.next().await?,
    };
    Ok(value.map(|value| value.to_string()))
}

impl From<Events> for JsonSource {
    fn from(events: Events) -> Self {
        Self::Events(Box::new(events))
    }
}

impl From<Pull> for JsonSource {
    fn from(pull: Pull) -> Self {
        Self::Pull(Box::new(pull))
    }
}

impl From<Build> for JsonSource {
    fn from(build: Build) -> Self {
        Self::Build(Box::new(build))
    }
}

/// A sequence of JSON values.
#[napi]
pub struct JsonStream(Source<JsonSource>);

#[napi]
impl JsonStream {
    /// The next value; nothing at the end.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let source = self.0.clone();
        promise(env, async move { source.next(next_of, None).await })
    }

    /// Closes the connection; who waits for a value gets the end.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl JsonStream {
    /// Of such a source, until the manager ends.
    pub fn new(source: impl Into<JsonSource>, closing: Cancellation) -> Self {
        Self(Source::new(source.into(), closing))
    }
}

/// The manager has ended.
pub fn closed() -> Error {
    Error::new(Code::Closed, "the manager was closed")
}
