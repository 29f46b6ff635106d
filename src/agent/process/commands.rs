use std::{cell::RefCell, time::Duration};

use nix::errno::Errno;
use tokio::time::{Instant, sleep};

use super::{
    confinement::Confinement, drain::Drains, kill::kill, left_behind::LeftBehind, oom::OomCounter,
    reaper::Reaper, running::Running, scratch::Scratch, spare::Spare, spawner::Spawner,
};

use crate::{disk::Writers, user::User};

/// How long a command waits for a free process slot when the sandbox is at its process limit.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause between two attempts.
const RETRY: Duration = Duration::from_millis(5);

/// What all commands of an agent share.
pub struct Commands {
    /// Starts commands.
    pub spawner: Spawner,
    /// The only caller of `waitpid`.
    pub reaper: Reaper,
    /// Counts out-of-memory kills.
    pub oom: OomCounter,
    /// Output pipes that are still open although their command has ended.
    pub drains: Drains,
    /// The buffer that output is read into.
    pub scratch: RefCell<Scratch>,
    /// The commands that are running.
    pub running: Running,
    confinement: Confinement,
}

impl Commands {
    /// Commands that run as `user`.
    pub fn new(user: &User, confinement: Confinement) -> Self {
        Self {
            spawner: Spawner::new(user),
            reaper: Reaper::default(),
            oom: confinement.oom_counter(),
            drains: Drains::default(),
            scratch: RefCell::default(),
            running: Running::default(),
            confinement,
        }
    }

    /// A child to start a command with: the one that is ready, or a new one.
    ///
    /// At the process limit it first kills what ended commands have left behind, then waits for other processes to end,
    /// for at most `patience`.
    pub async fn child(&self, patience: Duration) -> Result<Spare, Errno> {
        let begun = Instant::now();
        loop {
            if let Some(spare) = self.spawner.take_spare() {
                return Ok(spare);
            }
            match Spare::fork(&self.confinement) {
                Err(Errno::EAGAIN) if begun.elapsed() < patience.min(PATIENCE) => {
                    let killed = match self.left_behind().largest() {
                        Some(mark) => kill(mark).await,
                        None => false,
                    };
                    if !killed {
                        sleep(RETRY).await;
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// Forks a child for the next command, unless one is ready or the agent runs only one command.
    pub fn prepare(&self) {
        if !matches!(self.confinement, Confinement::Host)
            && !self.spawner.has_spare()
            // If this fails, the next command tries again.
            && let Ok(spare) = Spare::fork(&self.confinement)
        {
            self.spawner.keep_spare(spare);
        }
    }

    /// Reaps all children that have ended.
    pub fn reap(&self) {
        self.reaper.reap(|pid| self.spawner.forget_spare(pid));
    }

    fn left_behind(&self) -> LeftBehind {
        let spare = self.spawner.spare_mark();
        LeftBehind::find(&self.confinement, |mark| self.running.contains(mark) || Some(mark) == spare)
    }
}

impl Writers for Commands {
    fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    fn has_left_behind(&self) -> bool {
        !self.left_behind().is_empty()
    }

    fn kill_left_behind(&self) -> impl Future<Output = ()> {
        self.left_behind().kill_all()
    }
}
