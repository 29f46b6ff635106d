//! When a sandbox counts as unused.

use std::time::Duration;

/// When a sandbox counts as unused. `None` is never.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// A running sandbox that was not used for this long is stopped.
    pub idle: Option<Duration>,
    /// A stopped sandbox that was not used for this long loses its container; its files stay.
    pub expired: Option<Duration>,
    /// A sandbox is not idle while a detached process runs in it that was started less than this ago.
    pub detached: Duration,
}
