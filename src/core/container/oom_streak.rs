use std::sync::atomic::{AtomicU32, Ordering};

/// After this many commands the memory is taken by something that ending commands does not free.
const TOO_MANY: u32 = 3;

/// How many commands of a sandbox in a row were killed because it ran out of memory.
#[derive(Default)]
pub struct OomStreak(AtomicU32);

impl OomStreak {
    /// Counts a command that has ended.
    pub fn record(&self, oom_killed: bool) {
        if oom_killed {
            self.0.fetch_add(1, Ordering::Relaxed);
        } else {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    /// Whether there were too many.
    pub fn is_too_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= TOO_MANY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_in_a_row_are_too_many() {
        let streak = OomStreak::default();
        for oom_killed in [true, true, false, true, true] {
            streak.record(oom_killed);
            assert!(!streak.is_too_long());
        }
        streak.record(true);
        assert!(streak.is_too_long());
        streak.record(false);
        assert!(!streak.is_too_long());
    }
}
