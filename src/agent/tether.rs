use std::{cell::Cell, time::Duration};

use tokio::{sync::Notify, time::timeout};

/// Counts the open links. A tethered agent ends when none is left.
#[derive(Default)]
pub struct Tether {
    open: Cell<usize>,
    changed: Notify,
}

/// An open link; dropping it ends the count.
pub struct Held<'a>(&'a Tether);

impl Tether {
    /// Counts a link for as long as the guard lives.
    pub fn hold(&self) -> Held<'_> {
        self.open.set(self.open.get() + 1);
        self.changed.notify_one();
        Held(self)
    }

    /// Waits until the last link has ended, or until `patience` has passed without any link.
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

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
        self.0.changed.notify_one();
    }
}
