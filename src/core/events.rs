//! What happens to sandboxes, in order, for a subscriber.

use std::{
    collections::{HashMap, VecDeque},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// How many events are kept for a subscriber that does not take them. Then the oldest are dropped.
const BACKLOG: usize = 1024;

/// Something that happened to a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// This process created it as a session.
    Created {
        /// The sandbox.
        id: String,
        /// The metadata, as JSON.
        metadata: String,
    },
    /// This process destroyed the session.
    Destroyed {
        /// The sandbox.
        id: String,
    },
    /// This process started its container, for whatever call.
    Started {
        /// The sandbox.
        id: String,
        /// The container's id.
        container: String,
    },
    /// This process stopped its container because the sandbox was idle.
    Idle {
        /// The sandbox.
        id: String,
    },
    /// This process stopped its container.
    Stopped {
        /// The sandbox.
        id: String,
    },
}

impl Event {
    /// The sandbox.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Created { id, .. }
            | Self::Destroyed { id }
            | Self::Started { id, .. }
            | Self::Idle { id }
            | Self::Stopped { id } => id,
        }
    }
}

/// A bounded queue of events with one subscriber. Without a subscriber, nothing is kept.
#[derive(Debug, Default)]
pub struct Events {
    queue: Mutex<Queue>,
    pushed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    subscribed: bool,
    events: VecDeque<Event>,
    dropped: u64,
    /// Events of sandboxes that are being created.
    held: HashMap<String, Vec<Event>>,
}

impl Queue {
    fn add(&mut self, event: Event) {
        if self.events.len() >= BACKLOG {
            self.events.pop_front();
            self.dropped += 1;
        }
        self.events.push_back(event);
    }
}

/// Events that were taken from the queue.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// How many older events were dropped since the last time.
    pub dropped: u64,
}

impl Events {
    /// Starts to keep events.
    pub fn subscribe(&self) {
        self.lock().subscribed = true;
    }

    /// Adds an event.
    pub fn push(&self, event: Event) {
        let mut queue = self.lock();
        if !queue.subscribed {
            return;
        }
        if let Some(held) = queue.held.get_mut(event.id()) {
            held.push(event);
            return;
        }
        queue.add(event);
        drop(queue);
        self.pushed.notify_one();
    }

    /// Holds back the events of a sandbox until it is known whether it was created.
    pub(crate) fn hold(&self, id: &str) -> Hold<'_> {
        self.lock().held.insert(id.to_owned(), Vec::new());
        Hold { events: self, id: id.to_owned() }
    }

    /// Takes all events out of the queue.
    pub fn take(&self) -> Taken {
        let mut queue = self.lock();
        Taken { events: mem::take(&mut queue.events).into(), dropped: mem::take(&mut queue.dropped) }
    }

    /// Waits until an event is added, unless one was added since the last call.
    pub async fn pushed(&self) {
        self.pushed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while the lock is held.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The events of a sandbox that is being created. Dropping this discards them.
pub(crate) struct Hold<'a> {
    events: &'a Events,
    id: String,
}

impl Hold<'_> {
    /// The sandbox was created: adds this event, and after it those that were held back.
    pub(crate) fn release(self, created: Event) {
        let mut queue = self.events.lock();
        let held = queue.held.remove(&self.id).unwrap_or_default();
        if queue.subscribed {
            std::iter::once(created).chain(held).for_each(|event| queue.add(event));
        }
        drop(queue);
        self.events.pushed.notify_one();
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.events.lock().held.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stopped(number: usize) -> Event {
        Event::Stopped { id: number.to_string() }
    }

    #[test]
    fn events_are_taken_once_and_in_order() {
        let events = Events::default();
        events.subscribe();
        events.push(stopped(1));
        events.push(stopped(2));
        assert_eq!(events.take(), Taken { events: vec![stopped(1), stopped(2)], dropped: 0 });
        assert_eq!(events.take(), Taken::default());
    }

    #[test]
    fn without_a_subscriber_events_are_discarded() {
        let events = Events::default();
        events.push(stopped(1));
        events.subscribe();
        assert_eq!(events.take(), Taken::default());
    }

    #[test]
    fn a_slow_subscriber_loses_the_oldest_events_and_is_told_how_many() {
        let events = Events::default();
        events.subscribe();
        (0..BACKLOG + 3).for_each(|number| events.push(stopped(number)));
        let taken = events.take();
        assert_eq!((taken.events.len(), taken.dropped), (BACKLOG, 3));
        assert_eq!(taken.events.first(), Some(&stopped(3)));
    }

    #[test]
    fn events_of_a_sandbox_come_after_its_creation_or_not_at_all() {
        let created = || Event::Created { id: "1".to_owned(), metadata: String::new() };
        let events = Events::default();
        events.subscribe();
        let hold = events.hold("1");
        events.push(stopped(1));
        events.push(stopped(2));
        assert_eq!(events.take().events, [stopped(2)]);
        hold.release(created());
        assert_eq!(events.take().events, [created(), stopped(1)]);
        let failed = events.hold("1");
        events.push(stopped(1));
        drop(failed);
        events.push(stopped(3));
        assert_eq!(events.take().events, [stopped(3)]);
    }

    #[tokio::test]
    async fn an_event_before_the_wait_wakes_the_subscriber() {
        let events = Events::default();
        events.subscribe();
        events.push(stopped(1));
        events.pushed().await;
        assert_eq!(events.take().events.len(), 1);
    }
}
