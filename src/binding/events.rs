use cofferdam_core::events::{Event, Taken};
use napi_derive::napi;

/// Events that were taken from the queue.
#[napi(object, object_from_js = false)]
pub struct NativeEvents {
    /// Oldest first.
    pub events: Vec<NativeEvent>,
    /// How many older ones were dropped because nobody took them.
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
