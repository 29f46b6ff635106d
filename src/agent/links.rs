use std::{cell::Cell, time::Duration};

use tokio::{sync::Notify, time::timeout};

/// How many hosts are linked.
#[derive(Default)]
pub struct Links {
    open: Cell<usize>,
    changed: Notify,
}

/// A link that is open.
pub struct Open<'a>(&'a Links);

impl Links {
    /// Counts a link, for as long as the guard lives.
    pub fn open(&self) -> Open<'_> {
        self.open.set(self.open.get() + 1);
        self.changed.notify_one();
        Open(self)
    }

    /// Waits until the last link has ended, or until there was none for so long.
    pub async fn lost(&self, patience: Duration) {
        loop {
            if self.open.get() == 0 && timeout(patience, self.changed.notified()).await.is_err() {
                return;
            }
            while self.open.get() > 0 {
                self.changed.notified().await;
                if self.open.get() == 0 {
                    return;
                }
            }
        }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
        self.0.changed.notify_one();
    }
}
