//! The engine's events.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::Manager;
use crate::{
    engine::{Engine, api::system, http::JsonStream},
    error::{Code, Error, Result},
};

/// The pauses before each attempt to reconnect, in milliseconds.
const PAUSES: [u64; 8] = [50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// An engine replays the events that it remembers at once; one that is silent for this long remembers none.
const REPLAY: Duration = Duration::from_millis(500);

/// The events of an engine, as they occur. After a break it reconnects and continues after the last event; if events
/// may have been lost, it yields a `gap`. Dropping it closes the connection.
pub struct Events {
    engine: Arc<Engine>,
    filters: Option<String>,
    until: Option<String>,
    stream: Option<JsonStream>,
    /// The time of the last event, in nanoseconds since 1970, and all events of that time.
    seen: (Option<u64>, Vec<Value>),
    /// Set after a reconnect until it is clear whether the engine remembers the last event before it.
    resumed: bool,
    /// The event that follows a gap.
    held: Option<Value>,
}

/// Subscribes to the events that match the filters (JSON): from now on or from `since`, and up to `until`, in seconds
/// since 1970.
///
/// # Errors
/// Those of any call.
pub async fn subscribe(
    manager: &Manager,
    filters: Option<String>,
    since: Option<f64>,
    until: Option<f64>,
) -> Result<Events> {
    let time = |seconds: Option<f64>| seconds.map(|seconds| format!("{seconds:.9}"));
    let mut events = Events {
        engine: manager.engine().await?,
        filters,
        until: time(until),
        stream: None,
        seen: (None, Vec::new()),
        resumed: false,
        held: None,
    };
    events.connect(time(since).as_deref()).await?;
    Ok(events)
}

impl Events {
    /// The next event as the engine describes it, or `{"Type":"gap"}`; `None` at `until`.
    ///
    /// # Errors
    /// Those of any call, if reconnecting fails.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(event) = self.held.take() {
                return Ok(Some(event));
            }
            let Some(stream) = &mut self.stream else {
                self.reconnect().await?;
                continue;
            };
            let limit = if self.resumed { REPLAY } else { Duration::MAX };
            match timeout(limit, stream.next()).await {
                Ok(Ok(Some(event))) => {
                    if let Some(event) = self.accept(event) {
                        return Ok(Some(event));
                    }
                }
                // The engine ends the stream at `until`.
                Ok(Ok(None)) if self.until.is_some() => return Ok(None),
                Ok(Ok(None) | Err(_)) => self.stream = None,
                Err(_) => {
                    self.resumed = false;
                    return Ok(Some(gap()));
                }
            }
        }
    }

    /// Returns what to yield for an event; `None` if it was seen before a break.
    fn accept(&mut self, event: Value) -> Option<Value> {
        let time = event.get("timeNano").and_then(Value::as_u64);
        let known = self.seen.1.contains(&event);
        // An engine that still knows the last event before the break also knows those during it.
        let missed = std::mem::take(&mut self.resumed) && !known;
        if known {
            return None;
        }
        if time.is_some() && time == self.seen.0 {
            self.seen.1.push(event.clone());
        } else {
            self.seen = (time, vec![event.clone()]);
        }
        if missed {
            self.held = Some(event);
            return Some(gap());
        }
        Some(event)
    }

    async fn connect(&mut self, since: Option<&str>) -> Result<()> {
        let opened = system::events(&self.engine, self.filters.as_deref(), since, self.until.as_deref());
        self.stream = Some(opened.await?);
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<()> {
        let since = self
            .seen
            .0
            .map(|nanoseconds| format!("{}.{:09}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000));
        let mut last = Error::new(Code::EngineUnreachable, "could not reconnect to the engine's events");
        for pause in PAUSES {
            sleep(Duration::from_millis(pause)).await;
            match self.connect(since.as_deref()).await {
                Ok(()) => {
                    self.resumed = true;
                    return Ok(());
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn gap() -> Value {
    json!({ "Type": "gap" })
}
