use tokio::sync::watch;

/// Tells operations to end. All clones share one state.
#[derive(Debug, Clone)]
pub struct Cancellation(watch::Sender<bool>);

impl Default for Cancellation {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Cancellation {
    /// Cancels every operation that was given this cancellation.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is cancelled.
    pub async fn cancelled(&self) {
        // The sender is `self`, so the channel can't close.
        let _ = self.0.subscribe().wait_for(|cancelled| *cancelled).await;
    }
}
