use std::{cell::RefCell, collections::HashSet, rc::Rc, time::Duration};

use nix::{errno::Errno, unistd::Gid};
use tokio::time::{Instant, sleep};

use crate::{
    confinement::Confinement,
    disk::Disk,
    exec::{drain::Drains, scratch::Scratch},
    links::Links,
    process::{
        mark::Mark,
        oom::OomCounter,
        reaper::Reaper,
        spawn::{Spare, Spawner},
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
    /// What stands between it and them.
    confinement: Confinement,
    /// The count of out-of-memory kills.
    pub oom: OomCounter,
    /// The hosts that are linked.
    pub links: Links,
    /// Output pipes that outlived their command.
    pub drains: Drains,
    /// Where output is read to before it is sent.
    pub scratch: RefCell<Scratch>,
    /// The limit on what files take.
    pub disk: Disk,
    /// The commands that run.
    running: RefCell<HashSet<Mark>>,
}

impl Agent {
    /// An agent that runs commands as `user`.
    pub fn new(user: User, confinement: Confinement) -> Rc<Self> {
        Rc::new(Self {
            spawner: Spawner::new(&user),
            user,
            reaper: Reaper::default(),
            oom: confinement.oom_counter(),
            confinement,
            links: Links::default(),
            drains: Drains::default(),
            scratch: RefCell::default(),
            disk: Disk::default(),
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

    /// Has a child ready for the next command, where there is one.
    pub fn prepare(&self) {
        if !matches!(self.confinement, Confinement::Host)
            && !self.spawner.has_spare()
            // Without one, the next command tries again.
            && let Ok(spare) = self.fork()
        {
            self.spawner.keep_spare(spare);
        }
    }

    fn fork(&self) -> Result<Spare, Errno> {
        Spare::fork(&self.confinement)
    }

    /// Reaps all children that have ended.
    pub fn reap(&self) {
        self.reaper.reap(|pid| self.spawner.forget_spare(pid));
    }

    /// Counts a command among those that run, for as long as the guard lives.
    pub fn mark_running(&self, mark: Mark) -> Running<'_> {
        self.running.borrow_mut().insert(mark);
        Running { agent: self, mark }
    }

    /// Whether a command is under way.
    pub fn is_running(&self) -> bool {
        !self.running.borrow().is_empty()
    }

    /// Whether a command that has ended has left processes behind.
    pub fn has_left_behind(&self) -> bool {
        self.left_behind().next().is_some()
    }

    /// Kills what commands that have ended have left behind.
    pub async fn kill_left_behind(&self) {
        let marks: Vec<_> = self.left_behind().map(|(mark, _)| mark).collect();
        for mark in marks {
            tree::kill(mark).await;
        }
    }

    /// Makes room when the limit on processes is reached: of the commands that have ended, the one that left
    /// the most processes behind loses them. `false` when none has left any.
    async fn sweep(&self) -> bool {
        let largest = self.left_behind().max_by_key(|(_, processes)| *processes);
        let Some((mark, _)) = largest else { return false };
        tree::kill(mark).await
    }

    /// The commands that have ended and left processes behind, and how many.
    fn left_behind(&self) -> impl Iterator<Item = (Mark, usize)> {
        let marked = match &self.confinement {
            Confinement::Container { tags, .. } => {
                tree::population().into_iter().filter(|(gid, _)| tags.borrow().contains(*gid)).collect()
            }
            Confinement::Host => Vec::new(),
        };
        let waiting = self.spawner.spare_mark();
        marked
            .into_iter()
            .map(|(gid, processes)| (Mark::Tag(Gid::from_raw(gid)), processes))
            .filter(move |(mark, _)| !self.running.borrow().contains(mark) && Some(*mark) != waiting)
    }
}

/// A command is under way.
pub struct Running<'a> {
    agent: &'a Agent,
    mark: Mark,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.agent.running.borrow_mut().remove(&self.mark);
    }
}
