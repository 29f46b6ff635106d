use std::{cell::Cell, os::fd::AsFd, time::Duration};

use nix::{
    errno::Errno,
    sys::stat::{fstat, stat},
};
use tokio::sync::{Mutex, Notify, futures::Notified};

use super::count::Count;

use crate::workspace::WORKSPACE;

/// The files are counted at least this often while commands run, even if free space says that they have not grown:
/// something outside of the workspace may have freed as much.
const RECOUNT: Duration = Duration::from_secs(5);

/// A workspace over its limit may still grow by this much, in bytes, before it counts as being written to: while one
/// command deletes, another may write a little.
const SLACK: u64 = 1024 * 1024;

/// The limit on the size of the workspace, and the last known size.
#[derive(Default)]
pub struct DiskLimit {
    limit: Cell<Option<u64>>,
    last: Cell<Option<Count>>,
    /// A size above the limit that no command is killed for.
    tolerated: Cell<Option<u64>>,
    /// Held while counting: one count at a time.
    counting: Mutex<()>,
    /// Something may be written now, or was.
    active: Notify,
    /// Commands must end.
    exceeded: Notify,
}

impl DiskLimit {
    /// Sets the limit in bytes. `None` removes it.
    pub fn set(&self, limit: Option<u64>) {
        self.limit.set(limit);
        self.touch();
    }

    /// Reports that something starts to write, or has written.
    pub fn touch(&self) {
        if self.limit.get().is_some() {
            self.active.notify_one();
        }
    }

    /// Waits for the next [`DiskLimit::touch`].
    pub(super) fn touched(&self) -> Notified<'_> {
        self.active.notified()
    }

    /// Waits until whatever writes must end.
    pub fn exceeded(&self) -> Notified<'_> {
        self.exceeded.notified()
    }

    /// Ends everything that waits for [`DiskLimit::exceeded`].
    pub(super) fn end_writers(&self) {
        self.exceeded.notify_waiters();
    }

    /// Checks that `bytes` more may be written to a directory. Only the workspace is limited.
    ///
    /// # Errors
    /// `EDQUOT` when they would exceed the limit.
    pub async fn admit(&self, directory: impl AsFd, bytes: u64) -> Result<(), Errno> {
        let Some(limit) = self.limit.get() else { return Ok(()) };
        if fstat(directory)?.st_dev != stat(WORKSPACE)?.st_dev {
            return Ok(());
        }
        let fits = |taken: u64| taken.saturating_add(bytes) <= limit;
        let fits = match self.last.get() {
            Some(last) if fits(last.estimate()) => true,
            _ => fits(self.count().await),
        };
        if fits { Ok(()) } else { Err(Errno::EDQUOT) }
    }

    /// The size of the workspace in bytes.
    pub async fn used(&self) -> u64 {
        match self.last.get() {
            Some(last) if last.is_fresh(false) => last.bytes,
            _ => self.count().await,
        }
    }

    /// Whether the files were ever counted.
    pub(super) fn is_counted(&self) -> bool {
        self.last.get().is_some()
    }

    /// Counts the files.
    pub(super) async fn count(&self) -> u64 {
        let _turn = self.counting.lock().await;
        let count = Count::take().await;
        self.last.set(Some(count));
        count.bytes
    }

    /// Whether the workspace is over its limit and still growing.
    pub(super) async fn is_exceeded(&self) -> bool {
        let Some(limit) = self.limit.get() else { return false };
        let before = self.last.get();
        if let Some(last) = before {
            let (estimate, most) = (last.estimate(), self.tolerated.get().unwrap_or(limit));
            let (suspect, urgent) = (estimate > most, estimate > most.saturating_mul(2));
            if last.is_fresh(urgent) || (!suspect && last.at.elapsed() < RECOUNT) {
                return false;
            }
        }
        let now = self.count().await;
        // If an earlier count was over the limit already, the commands that run now did not cause it.
        let counted = before.map(|last| last.bytes).filter(|bytes| *bytes > limit);
        let tolerated = self.tolerated.get().or(counted);
        if now <= limit {
            self.tolerated.set(None);
            return false;
        }
        let grown = before.is_some() && tolerated.is_none_or(|tolerated| now > tolerated + SLACK);
        // A command that starts in a full workspace may read and delete; only growth gets it killed.
        self.tolerated.set(Some(if grown { now } else { tolerated.map_or(now, |before| before.min(now)) }));
        grown
    }
}
