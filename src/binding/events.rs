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
    /// `started`, `idle` or `stopped`.
    pub name: String,
    /// The sandbox.
    pub id: String,
    /// The container that was started.
    pub container_id: Option<String>,
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
