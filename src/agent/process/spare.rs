//! Children that are forked ahead of time.
//!
//! A child is forked and stripped of its privileges before it is needed, and then waits for a [`super::plan::Plan`]. The
//! next command does not wait for a fork and twenty system calls.

use std::{fs::File, os::fd::OwnedFd};

use nix::{
    errno::Errno,
    fcntl::OFlag,
    sys::{
        memfd::{MFdFlags, memfd_create},
        socket::{AddressFamily, SockFlag, SockType, socketpair},
    },
    unistd::{ForkResult, Pid, fork, pipe2},
};

use super::{child, confinement::Confinement, mark::Mark};

/// A forked child that has no command yet.
pub struct Spare {
    /// Its process id.
    pub pid: Pid,
    /// The mark of everything that it will start.
    pub mark: Mark,
    /// A byte on it makes the child read its plan.
    pub wake: OwnedFd,
    /// Holds the plan. A memory file never fills up or blocks, whatever the child does.
    pub plan: File,
    /// The writing end of its standard input.
    pub stdin: OwnedFd,
    /// The reading end of its standard output.
    pub stdout: OwnedFd,
    /// The reading end of its standard error.
    pub stderr: OwnedFd,
    /// Where it reports a [`super::spawn_error`].
    pub failure: OwnedFd,
}

impl Spare {
    /// Forks a child and strips it of its privileges.
    pub fn fork(confinement: &Confinement) -> Result<Self, Errno> {
        Self::fork_with(confinement, pipe2(OFlag::O_CLOEXEC)?)
    }

    /// As [`Self::fork`], with a socket in place of the pipe for standard input: it carries bytes in both directions.
    pub fn fork_with_channel(confinement: &Confinement) -> Result<Self, Errno> {
        let flags = SockFlag::SOCK_CLOEXEC;
        Self::fork_with(confinement, socketpair(AddressFamily::Unix, SockType::Stream, None, flags)?)
    }

    /// Forks a child whose standard input is the first of these.
    fn fork_with(confinement: &Confinement, (stdin_read, stdin): (OwnedFd, OwnedFd)) -> Result<Self, Errno> {
        let mark = confinement.mark();
        let plan = File::from(memfd_create(c"plan", MFdFlags::MFD_CLOEXEC)?);
        let (wake_read, wake) = pipe2(OFlag::O_CLOEXEC)?;
        let (stdout, stdout_write) = pipe2(OFlag::O_CLOEXEC)?;
        let (stderr, stderr_write) = pipe2(OFlag::O_CLOEXEC)?;
        let (failure, failure_write) = pipe2(OFlag::O_CLOEXEC)?;
        // SAFETY: this process has one thread, so the child may use everything built up to here. It leaves by `execve`
        // or `_exit` and runs no destructor.
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
