//! What happens on the engine.

use std::{sync::Arc, time::Duration};

use hyper::Method;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{Lines, Manager};
use crate::{
    engine::{Engine, http::Request},
    error::{Code, Error, Result},
};

/// How long it is tried to reach an engine again, and how often.
const PAUSES: [u64; 8] = [50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// The events of an engine, as they come. After a break it goes on where it was; where it can't be sure to have
/// all, there is a `gap` among the events. Dropping it closes the connection.
pub struct Events {
    engine: Arc<Engine>,
    filters: Option<String>,
    until: Option<f64>,
    lines: Option<Lines>,
    /// The events of the last moment that was seen, and when that was, in nanoseconds since 1970.
    seen: (Option<u64>, Vec<Value>),
    /// After a break, until the engine has shown whether it remembers the last event before it.
    resumed: bool,
    /// The event after a gap.
    held: Option<Value>,
}

/// An engine sends what it remembers at once; one that is silent for so long remembers nothing.
const REPLAY: Duration = Duration::from_millis(500);

impl Manager {
    /// The events that fit the filters, which are JSON; from now on, or since a time in seconds since 1970, and until one.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn events(
        &self,
        filters: Option<String>,
        since: Option<f64>,
        until: Option<f64>,
    ) -> Result<Events> {
        let engine = self.engine().await?;
        let mut events = Events {
            engine,
            filters,
            until,
            lines: None,
            seen: (None, Vec::new()),
            resumed: false,
            held: None,
        };
        events.connect(since.map(|seconds| format!("{seconds:.9}"))).await?;
        Ok(events)
    }
}

impl Events {
    /// The next event as the engine says it, or `{"Type":"gap"}`; `None` at the end, if there is one.
    ///
    /// # Errors
    /// Those of any call, when the engine can't be reached again.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(event) = self.held.take() {
                return Ok(Some(event));
            }
            let Some(lines) = &mut self.lines else {
                self.reconnect().await?;
                continue;
            };
            let limit = if self.resumed { REPLAY } else { Duration::MAX };
            match timeout(limit, lines.next()).await {
                Ok(Ok(Some(event))) => {
                    if let Some(event) = self.accept(event) {
                        return Ok(Some(event));
                    }
                }
                // The engine ends it by itself at `until`.
                Ok(Ok(None)) if self.until.is_some() => return Ok(None),
                Ok(Ok(None) | Err(_)) => self.lines = None,
                Err(_) => {
                    self.resumed = false;
                    return Ok(Some(gap()));
                }
            }
        }
    }

    /// What is new of an event, which may be one that was seen before a break.
    fn accept(&mut self, event: Value) -> Option<Value> {
        let time = event.get("timeNano").and_then(Value::as_u64);
        let known = self.seen.1.contains(&event);
        // An engine that still knows the last event before the break knows all that came during it.
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

    async fn connect(&mut self, since: Option<String>) -> Result<()> {
        let mut request = Request::new("watch events", Method::GET, "/events");
        for (name, value) in [("filters", self.filters.clone()), ("since", since)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        if let Some(seconds) = self.until {
            request = request.query("until", format!("{seconds:.9}"));
        }
        let body = self.engine.open(request).await?;
        self.lines = Some(Lines::new(Arc::clone(&self.engine), "watch events", body));
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<()> {
        let since = self
            .seen
            .0
            .map(|nanoseconds| format!("{}.{:09}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000));
        let mut last = Error::new(Code::EngineUnreachable, "the engine can't be reached again");
        for pause in PAUSES {
            sleep(Duration::from_millis(pause)).await;
            match self.connect(since.clone()).await {
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
