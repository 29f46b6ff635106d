use tokio::sync::watch;

/// A caller's wish that an operation should end.
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Sender<bool>);

impl Default for Cancellation {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Cancellation {
    /// Asks every operation that has this cancellation to end.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the end is asked for.
    pub async fn cancelled(&self) {
        // The sender is `self`, so the channel can't close.
        let _ = self.0.subscribe().wait_for(|cancelled| *cancelled).await;
    }
}
