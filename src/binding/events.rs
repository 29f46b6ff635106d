use std::sync::Arc;

use cofferdam_core::{
    Code, Error,
    events::{Event, Events, Taken},
    runtime,
};
use napi::{Env, bindgen_prelude::Function, threadsafe_function::ThreadsafeFunctionCallMode};
use napi_derive::napi;

use crate::{environment::ending, error::to_js};

/// Events that were taken from the queue.
#[napi(object, object_from_js = false)]
pub struct NativeEvents {
    /// Oldest first.
    pub events: Vec<NativeEvent>,
    /// How many older events were dropped.
    pub dropped: f64,
}

/// Something that happened to a sandbox.
#[napi(object, object_from_js = false)]
pub struct NativeEvent {
    /// `started`, `idle` or `stopped`.
    pub name: String,
    /// The sandbox.
    pub id: String,
    /// The container that was started.
    pub container_id: Option<String>,
}

/// Subscribes to events and calls back whenever some can be taken.
pub fn forward(env: Env, events: Arc<Events>, callback: Function<'_, (), ()>) -> napi::Result<()> {
    // A weak function does not keep the process alive.
    let callback = callback.build_threadsafe_function().weak::<true>().build()?;
    let ending = ending(env);
    events.subscribe();
    let forwarded = async move {
        loop {
            tokio::select! {
                () = events.pushed() => {}
                () = ending.cancelled() => return,
            }
            callback.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    };
    runtime::spawn(forwarded)
        .map(drop)
        .ok_or_else(|| to_js(env, &Error::new(Code::Internal, "the system could not start a thread")))
}

impl From<Taken> for NativeEvents {
    #[expect(clippy::cast_precision_loss, reason = "a count far below 2^53")]
    fn from(taken: Taken) -> Self {
        Self {
            events: taken.events.into_iter().map(NativeEvent::from).collect(),
            dropped: taken.dropped as f64,
        }
    }
}

impl From<Event> for NativeEvent {
    fn from(event: Event) -> Self {
        let (name, id, container_id) = match event {
            Event::Started { id, container } => ("started", id, Some(container)),
            Event::Idle { id } => ("idle", id, None),
            Event::Stopped { id } => ("stopped", id, None),
        };
        Self { name: name.to_owned(), id, container_id }
    }
}
