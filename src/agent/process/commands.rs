use std::{
    cell::{Cell, RefCell},
    future::pending,
    time::Duration,
};

use nix::errno::Errno;
use tokio::time::{Instant, sleep};

use super::{
    confinement::Confinement, drain::Drains, headroom::Headroom, kill::kill, left_behind::LeftBehind,
    limits::LimitCounters, line::Line, reaper::Reaper, scratch::Scratch, spare::Spare, spawner::Spawner,
    table::Table,
};

use crate::{disk::Writers, user::User};

/// How long a command may take to start processes of its own, and how many those are for most.
const YOUTH: Duration = Duration::from_secs(2);
const CHILDREN: u64 = 3;

/// With fewer commands than this at once, a new one starts however many processes there are.
const MANY: usize = 8;

/// No command takes longer, whatever deadline it has.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// The pause between two attempts.
const RETRY: Duration = Duration::from_millis(5);

/// What all commands of an agent share.
pub struct Commands {
    /// Starts commands.
    pub spawner: Spawner,
    /// The only caller of `waitpid`.
    pub reaper: Reaper,
    /// Tell which limits are met.
    pub limits: LimitCounters,
    /// Output pipes that are still open although their command has ended.
    pub drains: Drains,
    /// The buffer that output is read into.
    pub scratch: RefCell<Scratch>,
    /// The commands that are running, and handles of those that have ended.
    pub table: Table,
    is_closed: Cell<bool>,
    line: Line,
    headroom: Headroom,
    confinement: Confinement,
}

impl Commands {
    /// Commands that run as `user`.
    pub fn new(user: &User, confinement: Confinement) -> Self {
        Self {
            spawner: Spawner::new(user),
            reaper: Reaper::default(),
            limits: confinement.limit_counters(),
            drains: Drains::default(),
            scratch: RefCell::default(),
            table: Table::default(),
            is_closed: Cell::default(),
            line: Line::default(),
            headroom: Headroom::default(),
            confinement,
        }
    }

    /// A child to start a command with: the one that is ready, or a new one.
    ///
    /// At the process limit it first kills what ended commands have left behind, then waits for other commands to end. Near the
    /// limit it waits for them, too: the command would start only to find that it can start nothing itself. It waits for at most
    /// `patience`, and as long as others end. While the container stops, it waits for ever: the command is not started.
    pub async fn child(&self, patience: Duration, with_channel: bool) -> Result<Spare, Errno> {
        let deadline = Instant::now() + patience.min(LONGEST);
        let Some(_turn) = self.line.turn(deadline).await else { return Err(Errno::EAGAIN) };
        loop {
            if self.is_closed.get() {
                return pending().await;
            }
            let may_wait =
                || Instant::now() < deadline && self.line.may_wait(self.reaper.ended(), Instant::now());
            if self.is_crowded() && may_wait() {
                sleep(RETRY).await;
                continue;
            }
            let forked = if with_channel {
                Spare::fork_with_channel(&self.confinement)
            } else {
                self.spawner.take_spare().map_or_else(|| Spare::fork(&self.confinement), Ok)
            };
            match forked {
                Err(Errno::EAGAIN) if may_wait() => {
                    let killed = match self.left_behind().largest() {
                        Some(mark) => kill(mark).await,
                        None => false,
                    };
                    if !killed {
                        sleep(RETRY).await;
                    }
                }
                Ok(child) => {
                    self.line.moved();
                    return Ok(child);
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Whether many commands run, and those that have just begun may need all the processes that are left.
    fn is_crowded(&self) -> bool {
        if self.table.len() < MANY {
            return false;
        }
        let wanted = (self.table.younger_than(YOUTH) as u64 + 1) * CHILDREN;
        self.headroom.left().is_some_and(|left| left < wanted)
    }

    /// Forks a child for the next command, unless one is ready or the agent runs only one command.
    pub fn prepare(&self) {
        if !self.is_closed.get()
            && !matches!(self.confinement, Confinement::Host)
            && !self.spawner.has_spare()
            // If this fails, the next command tries again.
            && let Ok(spare) = Spare::fork(&self.confinement)
        {
            self.spawner.keep_spare(spare);
        }
    }

    /// Starts no more commands, and no longer reports those that a signal ends.
    pub fn close(&self) {
        self.is_closed.set(true);
        self.reaper.keep_signals();
    }

    /// Reaps all children that have ended.
    pub fn reap(&self) {
        self.reaper.reap(|pid| self.spawner.forget_spare(pid));
    }

    /// What separates commands from the agent.
    pub fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    /// The user id of commands in a container; `None` on the host, where they have the agent's.
    pub fn user_in_container(&self) -> Option<u32> {
        match &self.confinement {
            Confinement::Container { privileges, .. } => Some(privileges.user()),
            Confinement::Host => None,
        }
    }

    fn left_behind(&self) -> LeftBehind {
        let spare = self.spawner.spare_mark();
        LeftBehind::find(&self.confinement, |mark| self.table.contains(mark) || Some(mark) == spare)
    }
}

impl Writers for Commands {
    fn is_running(&self) -> bool {
        !self.table.is_empty()
    }

    fn has_left_behind(&self) -> bool {
        !self.left_behind().is_empty()
    }

    fn kill_left_behind(&self) -> impl Future<Output = ()> {
        self.left_behind().kill_all()
    }
}
