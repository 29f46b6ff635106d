//! The line of commands that wait for a process.

use std::{cell::Cell, time::Duration};

use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, timeout_at},
};

/// How long commands wait while no other ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// Commands that wait for a process, in the order in which they came. Only the first one tries: hundreds that try would leave
/// the others no processor time to end.
#[derive(Default)]
pub struct Line {
    turn: Mutex<()>,
    /// Since when nothing has ended, and how many commands had until then.
    stalled: Cell<Option<(u64, Instant)>>,
}

impl Line {
    /// Waits for the turn; `None` if it does not come in time.
    pub async fn turn(&self, deadline: Instant) -> Option<MutexGuard<'_, ()>> {
        timeout_at(deadline, self.turn.lock()).await.ok()
    }

    /// Whether to go on waiting: others still end, `ended` of them so far, or did a moment ago. All in line share the patience, so
    /// that each does not wait for the others' first.
    pub fn may_wait(&self, ended: u64, now: Instant) -> bool {
        let since = match self.stalled.get() {
            Some((seen, since)) if seen == ended => since,
            _ => {
                self.stalled.set(Some((ended, now)));
                now
            }
        };
        now.duration_since(since) < PATIENCE
    }

    /// A command got its process.
    pub fn moved(&self) {
        self.stalled.set(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_for_all_at_once_and_starts_anew_when_a_command_ends() {
        let (line, now) = (Line::default(), Instant::now());
        assert!(line.may_wait(7, now));
        let later = now + PATIENCE;
        assert!(!line.may_wait(7, later) && !line.may_wait(7, later));
        assert!(line.may_wait(8, later));
        let later = later + PATIENCE;
        assert!(!line.may_wait(8, later));
        line.moved();
        assert!(line.may_wait(8, later));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_turn_comes_when_the_one_before_has_ended_and_not_after_the_deadline() {
        let line = Line::default();
        let soon = || Instant::now() + Duration::from_millis(20);
        let first = line.turn(soon()).await;
        assert!(first.is_some());
        assert!(line.turn(soon()).await.is_none());
        drop(first);
        assert!(line.turn(soon()).await.is_some());
    }
}
