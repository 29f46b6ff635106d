use std::{
    cell::RefCell,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt},
};

use cofferdam_protocol::process::{Exec, Stage};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::{Pid, write},
};

use super::{
    mark::Mark,
    plan::{Plan, Planner},
    spare::Spare,
    spawn_error::SpawnError,
    terminal::Terminal,
};

use crate::user::User;

/// A command that was spawned. `failure` reports whether its program runs.
pub struct Spawned {
    /// Its process id.
    pub pid: Pid,
    /// The mark of everything that it starts.
    pub mark: Mark,
    /// The writing end of its standard input, if it has one.
    pub stdin: Option<OwnedFd>,
    /// The reading end of its standard output.
    pub stdout: OwnedFd,
    /// The reading end of its standard error. In a terminal there is only one output.
    pub stderr: Option<OwnedFd>,
    /// Its own channel, to read from.
    pub control: Option<OwnedFd>,
    /// The plan, until the child has read it.
    pub plan: File,
    /// Ends when the program runs. If that fails, it gives a [`super::spawn_error`] first.
    pub failure: OwnedFd,
}

/// Spawns commands as one user.
pub struct Spawner {
    planner: Planner,
    spare: RefCell<Option<Spare>>,
}

impl Spawner {
    /// Spawns commands as `user`, with the agent's own environment.
    pub fn new(user: &User) -> Self {
        Self { planner: Planner::new(user), spare: RefCell::default() }
    }

    /// The shell that command lines run under.
    pub fn shell(&self) -> &str {
        self.planner.shell()
    }

    /// See [`Planner::set_processors`].
    pub fn set_processors(&self, allowed: Option<u32>) {
        self.planner.set_processors(allowed);
    }

    /// The child that is ready, unless it has ended.
    pub fn take_spare(&self) -> Option<Spare> {
        self.spare.borrow_mut().take()
    }

    /// The mark of the child that is ready.
    pub fn spare_mark(&self) -> Option<Mark> {
        self.spare.borrow().as_ref().map(|spare| spare.mark)
    }

    /// Whether a child is ready.
    pub fn has_spare(&self) -> bool {
        self.spare.borrow().is_some()
    }

    /// Keeps a child for the next command.
    pub fn keep_spare(&self, spare: Spare) {
        *self.spare.borrow_mut() = Some(spare);
    }

    /// Forgets the child that is ready if it is this one. A command has killed it, or the kernel for memory.
    pub fn forget_spare(&self, pid: Pid) {
        self.spare.borrow_mut().take_if(|spare| spare.pid == pid);
    }

    /// Hands a child its command.
    pub fn spawn(
        &self,
        spare: Spare,
        request: &Exec,
        terminal: Option<&Terminal>,
        with_channel: bool,
    ) -> Result<Spawned, SpawnError> {
        let Spare { pid, mark, wake, plan, stdin, stdout, stderr, failure } = spare;
        let handed = || -> io::Result<()> {
            let path = terminal.map(|terminal| terminal.path.clone());
            let bytes = postcard::to_stdvec(&self.planner.plan(request, path, with_channel))
                .map_err(io::Error::other)?;
            plan.write_all_at(&bytes, 0)?;
            write(&wake, &[Plan::READY])?;
            Ok(())
        };
        // The child runs as the user, so a command may have stopped it.
        let _ = kill(pid, Signal::SIGCONT);
        let streams = || -> io::Result<_> {
            Ok(match terminal {
                Some(terminal) => (Some(terminal.side()?), None, terminal.side()?, None),
                None if with_channel => (Some(stdin.try_clone()?), Some(stdin), stdout, Some(stderr)),
                None => (request.stdin.then_some(stdin), None, stdout, Some(stderr)),
            })
        };
        match handed().and_then(|()| streams()) {
            Ok((stdin, control, stdout, stderr)) => {
                Ok(Spawned { pid, mark, stdin, stdout, stderr, control, plan, failure })
            }
            // The child ends when its pipe closes.
            Err(error) => Err((Stage::Fork, Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO)))),
        }
    }
}
