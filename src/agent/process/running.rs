use std::{cell::RefCell, collections::HashMap, time::Duration};

use tokio::time::Instant;

use super::mark::Mark;

/// The commands that are running, by their marks, and when each was started.
#[derive(Default)]
pub struct Running(RefCell<HashMap<Mark, Instant>>);

impl Running {
    /// Counts a command as running for as long as the guard lives.
    pub fn insert(&self, mark: Mark) -> Guard<'_> {
        self.0.borrow_mut().insert(mark, Instant::now());
        Guard { running: self, mark }
    }

    /// Whether the command with this mark is running.
    pub fn contains(&self, mark: Mark) -> bool {
        self.0.borrow().contains_key(&mark)
    }

    /// How many commands are running.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// How many commands were started less than `age` ago.
    pub fn younger_than(&self, age: Duration) -> usize {
        self.0.borrow().values().filter(|started| started.elapsed() < age).count()
    }

    /// Whether no command is running.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }
}

/// A command that is running.
pub struct Guard<'a> {
    running: &'a Running,
    mark: Mark,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.running.0.borrow_mut().remove(&self.mark);
    }
}
