//! What happens to sandboxes, in order, for a subscriber.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

/// How many events are kept for a subscriber that does not take them. Then the oldest are dropped.
const BACKLOG: usize = 1024;

/// Something that happened to a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// This process started its container, for any call.
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

/// A bounded queue of events with one subscriber. Without a subscriber, events are discarded.
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
        if queue.events.len() >= BACKLOG {
            queue.events.pop_front();
            queue.dropped += 1;
        }
        queue.events.push_back(event);
        drop(queue);
        self.pushed.notify_one();
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

    #[tokio::test]
    async fn an_event_before_the_wait_wakes_the_subscriber() {
        let events = Events::default();
        events.subscribe();
        events.push(stopped(1));
        events.pushed().await;
        assert_eq!(events.take().events.len(), 1);
    }
}
