use std::{cell::RefCell, collections::HashSet, rc::Rc, time::Duration};

use nix::{errno::Errno, unistd::Gid};
use tokio::time::{Instant, sleep};

use crate::{
    exec::{drain::Drains, scratch::Scratch},
    links::Links,
    process::{
        oom::OomCounter,
        reaper::Reaper,
        spawn::{Spare, Spawner},
        tag::Tags,
        tree,
    },
    user::User,
};

/// How long a command waits for room when the sandbox has as many processes as it may.
const ROOM: Duration = Duration::from_secs(2);

/// How often it looks.
const RETRY: Duration = Duration::from_millis(5);

/// What all links of one agent share.
pub struct Agent {
    /// Whom commands run as.
    pub user: User,
    /// Starts commands.
    pub spawner: Spawner,
    /// The only caller of `waitpid`.
    pub reaper: Reaper,
    /// The tags that commands are found by.
    pub tags: RefCell<Tags>,
    /// The container's count of out-of-memory kills.
    pub oom: OomCounter,
    /// The hosts that are linked.
    pub links: Links,
    /// Output pipes that outlived their command.
    pub drains: Drains,
    /// Where output is read to before it is sent.
    pub scratch: RefCell<Scratch>,
    /// The tags of the commands that run.
    running: RefCell<HashSet<u32>>,
}

impl Agent {
    /// An agent that runs commands as `user`.
    pub fn new(user: User) -> Rc<Self> {
        Rc::new(Self {
            spawner: Spawner::new(&user),
            user,
            reaper: Reaper::default(),
            tags: RefCell::new(Tags::from_gid_map()),
            oom: OomCounter::open(),
            links: Links::default(),
            drains: Drains::default(),
            scratch: RefCell::default(),
            running: RefCell::default(),
        })
    }

    /// A child to start a command with: the one that waits, or a new one. Where the limit on processes is
    /// reached, what ended commands left behind goes first, and then it is the others' turn to end.
    /// That is waited for at most `patience`.
    pub async fn child(&self, patience: Duration) -> Result<Spare, Errno> {
        let begun = Instant::now();
        loop {
            if let Some(spare) = self.spawner.take_spare() {
                return Ok(spare);
            }
            match self.fork() {
                Err(Errno::EAGAIN) if begun.elapsed() < patience.min(ROOM) => {
                    if !self.sweep().await {
                        sleep(RETRY).await;
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Has a child ready for the next command.
    pub fn prepare(&self) {
        if !self.spawner.has_spare()
            // Without one, the next command tries again.
            && let Ok(spare) = self.fork()
        {
            self.spawner.keep_spare(spare);
        }
    }

    fn fork(&self) -> Result<Spare, Errno> {
        let tag = self.tags.borrow_mut().take();
        self.spawner.fork(tag)
    }

    /// Reaps all children that have ended.
    pub fn reap(&self) {
        self.reaper.reap(|pid| self.spawner.forget_spare(pid));
    }

    /// Counts a command among those that run, for as long as the guard lives.
    pub fn mark_running(&self, tag: Gid) -> Running<'_> {
        self.running.borrow_mut().insert(tag.as_raw());
        Running { agent: self, tag }
    }

    /// Makes room when the limit on processes is reached: of the commands that have ended, the one that left
    /// the most processes behind loses them. `false` when none has left any.
    async fn sweep(&self) -> bool {
        let left_behind =
            |gid: &u32| self.tags.borrow().contains(*gid) && !self.running.borrow().contains(gid);
        let largest = tree::population()
            .into_iter()
            .filter(|(gid, _)| left_behind(gid))
            .max_by_key(|(_, processes)| *processes);
        let Some((gid, _)) = largest else { return false };
        tree::kill(Gid::from_raw(gid)).await
    }
}

/// A command is under way.
pub struct Running<'a> {
    agent: &'a Agent,
    tag: Gid,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.agent.running.borrow_mut().remove(&self.tag.as_raw());
    }
}
