//! A soft limit on what the files in the workspace take: watched, and those who write past it are stopped.

use std::{cell::Cell, convert::Infallible, os::fd::AsFd, rc::Rc, time::Duration};

use cofferdam_fstree::Usage;
use nix::{
    errno::Errno,
    fcntl::AT_FDCWD,
    sys::{
        stat::{fstat, stat},
        statvfs::statvfs,
    },
};
use tokio::{
    sync::{Mutex, Notify},
    task::yield_now,
    time::{Instant, sleep},
};

use crate::{agent::Agent, user::WORKSPACE};

/// How often it is looked whether there is less room on the disk than before, while commands run: one system call.
const LOOK: Duration = Duration::from_millis(50);

/// How often when only what commands have left behind runs.
const REST: Duration = Duration::from_millis(500);

/// After so long the files are counted whatever the disk says: somebody else may have made room on it.
const RECOUNT: Duration = Duration::from_secs(5);

/// Counting may take this share of the time.
const SHARE: u32 = 10;

/// How often a count that was disturbed is begun anew.
const ATTEMPTS: usize = 3;

/// What writes more than this beside one that deletes is one that writes, in bytes.
const SLACK: u64 = 1024 * 1024;

/// The limit, and what is known of the files.
#[derive(Default)]
pub struct Disk {
    limit: Cell<Option<u64>>,
    last: Cell<Option<Count>>,
    /// What is there past the limit, and nobody is stopped for.
    tolerated: Cell<Option<u64>>,
    /// One count at a time.
    counting: Mutex<()>,
    /// Something may be written now, or was.
    active: Notify,
    /// Commands must end.
    exceeded: Notify,
}

/// What the files took at a time.
#[derive(Clone, Copy)]
struct Count {
    bytes: u64,
    /// What was free on the disk then.
    free: u64,
    at: Instant,
    /// How long it took.
    took: Duration,
}

impl Count {
    /// Whether it is too early for another.
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < self.took * SHARE
    }

    /// The most that the files can take now if nobody else has made room on the disk since.
    fn estimate(&self) -> u64 {
        self.bytes + self.free.saturating_sub(free())
    }
}

impl Disk {
    /// Sets the limit, in bytes. `None` is none.
    pub fn limit(&self, limit: Option<u64>) {
        self.limit.set(limit);
        self.touch();
    }

    /// Somebody begins to write, or has written.
    pub fn touch(&self) {
        if self.limit.get().is_some() {
            self.active.notify_one();
        }
    }

    /// Has the files watched for as long as it is waited for: what is received is written by no command.
    pub async fn attend(&self) -> Infallible {
        loop {
            self.touch();
            sleep(LOOK).await;
        }
    }

    /// Waits until those who write must end.
    pub async fn exceeded(&self) {
        self.exceeded.notified().await;
    }

    /// Whether so many bytes may be added in a directory. What is not in the workspace has no limit here.
    ///
    /// # Errors
    /// `EDQUOT` when not.
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

    /// What the files take, in bytes.
    pub async fn used(&self) -> u64 {
        match self.last.get() {
            Some(last) if last.is_fresh() => last.bytes,
            _ => self.count().await,
        }
    }

    /// Counts the files.
    async fn count(&self) -> u64 {
        let _turn = self.counting.lock().await;
        let (begun, free) = (Instant::now(), free());
        let mut bytes = 0;
        for _ in 0..ATTEMPTS {
            let (counted, whole) = count().await;
            // What was counted before a directory was moved is there all the same.
            bytes = if whole { counted } else { bytes.max(counted) };
            if whole {
                break;
            }
        }
        self.last.set(Some(Count { bytes, free, at: Instant::now(), took: begun.elapsed() }));
        bytes
    }

    /// Whether more is written although there is more than there may be.
    async fn is_exceeded(&self) -> bool {
        let Some(limit) = self.limit.get() else { return false };
        let before = self.last.get();
        if let Some(last) = before {
            let suspect = last.estimate() > self.tolerated.get().unwrap_or(limit);
            if last.is_fresh() || (!suspect && last.at.elapsed() < RECOUNT) {
                return false;
            }
        }
        let now = self.count().await;
        // What somebody else has counted past the limit was there before whoever runs now.
        let counted = before.map(|last| last.bytes).filter(|bytes| *bytes > limit);
        let tolerated = self.tolerated.get().or(counted);
        if now <= limit {
            self.tolerated.set(None);
            return false;
        }
        let grown = before.is_some() && tolerated.is_none_or(|tolerated| now > tolerated + SLACK);
        // Who finds it full may read and delete, and was not the first to be stopped.
        self.tolerated.set(Some(if grown { now } else { tolerated.map_or(now, |before| before.min(now)) }));
        grown
    }
}

/// Watches the workspace while there is somebody who may write to it.
pub async fn watch(agent: Rc<Agent>) {
    loop {
        agent.disk.active.notified().await;
        if agent.disk.last.get().is_none() {
            agent.disk.count().await;
        }
        loop {
            // Before the look: who ends meanwhile is looked at once more.
            let running = agent.is_running();
            let left_behind = !running && agent.has_left_behind();
            sleep(if left_behind { REST } else { LOOK }).await;
            if agent.disk.is_exceeded().await {
                agent.disk.exceeded.notify_waiters();
                agent.kill_left_behind().await;
            }
            if !running && !left_behind {
                break;
            }
        }
    }
}

/// What is free on the workspace's disk, in bytes.
fn free() -> u64 {
    statvfs(WORKSPACE).map_or(0, |disk| disk.blocks_free() * disk.fragment_size())
}

/// What was counted, and whether it is all. Others get their turn meanwhile.
async fn count() -> (u64, bool) {
    let Ok(mut usage) = Usage::of(AT_FDCWD, WORKSPACE) else { return (0, false) };
    loop {
        match usage.step() {
            Ok(true) => yield_now().await,
            outcome => return (usage.bytes(), outcome.is_ok()),
        }
    }
}
