use std::time::Duration;

use cofferdam_fstree::Usage;
use nix::{
    fcntl::AT_FDCWD,
    sys::{stat::stat, statvfs::statvfs},
};
use tokio::{task::yield_now, time::Instant};

use super::held::held;

use crate::workspace::WORKSPACE;

/// Counting may take this share of the time, and that one when much was written since the last count: with very many files, a
/// command could otherwise write for seconds before the next.
const SHARE: u32 = 10;
const URGENT_SHARE: u32 = 2;

/// How often a count is tried when changes to the tree interrupt it.
const ATTEMPTS: usize = 3;

/// The size of the workspace at one moment.
#[derive(Clone, Copy)]
pub struct Count {
    /// Bytes on disk.
    pub bytes: u64,
    /// When it was counted.
    pub at: Instant,
    /// Bytes that were free on the disk then.
    free: u64,
    /// How long it took.
    took: Duration,
}

impl Count {
    /// Counts the files, and those that were deleted and are still in use. Other operations continue in the meantime.
    pub async fn take() -> Self {
        let (begun, free) = (Instant::now(), free());
        let mut bytes = 0;
        for _ in 0..ATTEMPTS {
            let (counted, complete) = count().await;
            // What was counted before the interruption exists all the same.
            bytes = if complete { counted } else { bytes.max(counted) };
            if complete {
                break;
            }
        }
        if let Ok(workspace) = stat(WORKSPACE) {
            bytes += held(workspace.st_dev).await;
        }
        Self { bytes, free, at: Instant::now(), took: begun.elapsed() }
    }

    /// Whether it is too early to count again.
    pub fn is_fresh(&self, urgent: bool) -> bool {
        self.at.elapsed() < self.took * if urgent { URGENT_SHARE } else { SHARE }
    }

    /// The most that the files can take now, unless something outside of the workspace has freed space on the disk.
    pub fn estimate(&self) -> u64 {
        self.bytes + self.free.saturating_sub(free())
    }
}

/// Free bytes on the disk of the workspace.
fn free() -> u64 {
    statvfs(WORKSPACE).map_or(0, |disk| disk.blocks_free() * disk.fragment_size())
}

/// The bytes counted, and whether the count is complete.
async fn count() -> (u64, bool) {
    let Ok(mut usage) = Usage::of(AT_FDCWD, WORKSPACE) else { return (0, false) };
    loop {
        match usage.step() {
            Ok(true) => yield_now().await,
            outcome => return (usage.bytes(), outcome.is_ok()),
        }
    }
}
