//! Starting commands.
//!
//! A child is forked and made harmless before it is needed, and then waits for a [`Plan`]: what a fork and
//! twenty system calls cost, the next command does not wait for.

use std::{
    cell::RefCell,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt},
};

use cofferdam_protocol::process::{Exec, Stage};
use nix::{
    errno::Errno,
    fcntl::OFlag,
    sys::{
        memfd::{MFdFlags, memfd_create},
        signal::{Signal, kill},
    },
    unistd::{ForkResult, Pid, fork, pipe2, write},
};

use super::{
    child,
    failure::SpawnError,
    mark::Mark,
    plan::{Plan, Planner},
};

use crate::{confinement::Confinement, user::User};

/// A forked child that has not been told what to run.
pub struct Spare {
    /// Its process id.
    pub pid: Pid,
    /// The mark of all that it will start.
    pub mark: Mark,
    /// A word on it makes the child read its plan.
    wake: OwnedFd,
    /// Where the plan is put: never full and never waited for, whatever the child does.
    plan: File,
    stdin: OwnedFd,
    stdout: OwnedFd,
    stderr: OwnedFd,
    failure: OwnedFd,
}

impl Spare {
    /// Forks a child and makes it harmless.
    pub fn fork(confinement: &Confinement) -> Result<Self, Errno> {
        let mark = confinement.mark();
        let plan = File::from(memfd_create(c"plan", MFdFlags::MFD_CLOEXEC)?);
        let (wake_read, wake) = pipe2(OFlag::O_CLOEXEC)?;
        let (stdin_read, stdin) = pipe2(OFlag::O_CLOEXEC)?;
        let (stdout, stdout_write) = pipe2(OFlag::O_CLOEXEC)?;
        let (stderr, stderr_write) = pipe2(OFlag::O_CLOEXEC)?;
        let (failure, failure_write) = pipe2(OFlag::O_CLOEXEC)?;
        // SAFETY: this process has one thread, so the child may use all that was built up to here; it leaves
        // by `execve` or `_exit` and runs no destructor.
        match unsafe { fork() }? {
            ForkResult::Parent { child: pid } => {
                Ok(Self { pid, mark, wake, plan, stdin, stdout, stderr, failure })
            }
            ForkResult::Child => {
                let ends = child::Ends {
                    stdin: stdin_read,
                    stdout: stdout_write,
                    stderr: stderr_write,
                    wake: wake_read,
                    plan: plan.into(),
                    failure: failure_write,
                };
                child::run(confinement, mark, &ends)
            }
        }
    }
}

/// A command that was started; whether its program runs, `failure` tells.
pub struct Child {
    /// Its process id.
    pub pid: Pid,
    /// The mark of all that it starts.
    pub mark: Mark,
    /// The writing end of its standard input, when it has one.
    pub stdin: Option<OwnedFd>,
    /// The reading end of its standard output.
    pub stdout: OwnedFd,
    /// The reading end of its standard error.
    pub stderr: OwnedFd,
    /// Ends when the program runs; before that it gives a [`super::failure`].
    pub failure: OwnedFd,
}

/// Starts commands as one user.
pub struct Spawner {
    planner: Planner,
    spare: RefCell<Option<Spare>>,
}

impl Spawner {
    /// Commands of this user, with the agent's own environment.
    pub fn new(user: &User) -> Self {
        Self { planner: Planner::new(user), spare: RefCell::default() }
    }

    /// The shell that command lines run under.
    pub fn shell(&self) -> &str {
        self.planner.shell()
    }

    /// The child that waits, if it lives.
    pub fn take_spare(&self) -> Option<Spare> {
        self.spare.borrow_mut().take()
    }

    /// The mark of the child that waits.
    pub fn spare_mark(&self) -> Option<Mark> {
        self.spare.borrow().as_ref().map(|spare| spare.mark)
    }

    /// Whether a child waits.
    pub fn has_spare(&self) -> bool {
        self.spare.borrow().is_some()
    }

    /// Keeps a child for the next command.
    pub fn keep_spare(&self, spare: Spare) {
        *self.spare.borrow_mut() = Some(spare);
    }

    /// Forgets the child that waits if it is this one: it was killed by a command, or for memory.
    pub fn forget_spare(&self, pid: Pid) {
        self.spare.borrow_mut().take_if(|spare| spare.pid == pid);
    }

    /// Tells a child what to run.
    pub fn start(&self, spare: Spare, request: &Exec) -> Result<Child, SpawnError> {
        let Spare { pid, mark, wake, plan, stdin, stdout, stderr, failure } = spare;
        let handed = || -> io::Result<()> {
            let bytes = postcard::to_stdvec(&self.planner.plan(request)).map_err(io::Error::other)?;
            plan.write_all_at(&bytes, 0)?;
            write(&wake, &[Plan::READY])?;
            Ok(())
        };
        // It belongs to the user, so a command may have stopped it.
        let _ = kill(pid, Signal::SIGCONT);
        match handed() {
            Ok(()) => Ok(Child { pid, mark, stdin: request.stdin.then_some(stdin), stdout, stderr, failure }),
            // The child ends with its end of the pipe.
            Err(error) => Err((Stage::Fork, Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO)))),
        }
    }
}
