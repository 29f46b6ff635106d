//! The class for events.

use std::sync::{Arc, Mutex, PoisonError};

use cofferdam_core::{
    Code, Error,
    events::{Event, Events, Taken},
    runtime,
};
use napi::{Env, bindgen_prelude::Function, threadsafe_function::ThreadsafeFunctionCallMode};
use napi_derive::napi;
use tokio::task::AbortHandle;

use crate::{error::to_js, node_lifetime::ending, sandboxes::NativeSandboxes};

/// What happens to the sandboxes of one data directory, in order.
#[napi]
pub struct NativeEvents {
    events: Arc<Events>,
    /// Ends the notifications.
    notifying: Mutex<Option<AbortHandle>>,
}

/// Events that were taken from the queue.
#[napi(object, object_from_js = false)]
pub struct NativeTakenEvents {
    /// Oldest first.
    pub events: Vec<NativeEvent>,
    /// How many older events were dropped.
    pub dropped: f64,
}

/// Something that happened to a sandbox.
#[napi(object, object_from_js = false)]
pub struct NativeEvent {
    /// `created`, `destroyed`, `started`, `idle` or `stopped`.
    pub name: String,
    /// The sandbox.
    pub id: String,
    /// The container that was started.
    pub container_id: Option<String>,
    /// The metadata of a session that was created, as JSON.
    pub metadata: Option<String>,
}

#[napi]
impl NativeEvents {
    /// Keeps the events of these sandboxes from now on.
    #[napi(constructor)]
    pub fn new(sandboxes: &NativeSandboxes) -> Self {
        let events = Arc::clone(sandboxes.sandboxes().events());
        events.subscribe();
        Self { events, notifying: Mutex::default() }
    }

    /// Calls back whenever there is something to take. Does not keep the process alive.
    #[napi]
    pub fn notify(&self, env: Env, callback: Function<'_, (), ()>) -> napi::Result<()> {
        let callback = callback.build_threadsafe_function().weak::<true>().build()?;
        let (events, ending) = (Arc::clone(&self.events), ending(env));
        let notifying = async move {
            loop {
                tokio::select! {
                    () = events.pushed() => {}
                    () = ending.cancelled() => return,
                }
                callback.call((), ThreadsafeFunctionCallMode::NonBlocking);
            }
        };
        let notifying = runtime::spawn(notifying)
            .ok_or_else(|| to_js(env, &Error::new(Code::Internal, "the system could not start a thread")))?;
        *self.notifying.lock().unwrap_or_else(PoisonError::into_inner) = Some(notifying.abort_handle());
        Ok(())
    }

    /// What happened since the last call.
    #[napi]
    pub fn take(&self) -> NativeTakenEvents {
        self.events.take().into()
    }
}

impl Drop for NativeEvents {
    fn drop(&mut self) {
        if let Ok(Some(notifying)) = self.notifying.get_mut() {
            notifying.abort();
        }
    }
}

impl From<Taken> for NativeTakenEvents {
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
        let id = event.id().to_owned();
        let (name, container_id, metadata) = match event {
            Event::Created { metadata, .. } => ("created", None, Some(metadata)),
            Event::Destroyed { .. } => ("destroyed", None, None),
            Event::Started { container, .. } => ("started", Some(container), None),
            Event::Idle { .. } => ("idle", None, None),
            Event::Stopped { .. } => ("stopped", None, None),
        };
        Self { name: name.to_owned(), id, container_id, metadata }
    }
}
