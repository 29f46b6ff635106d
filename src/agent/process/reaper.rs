use std::{cell::RefCell, collections::HashMap};

use cofferdam_protocol::process::Status;
use nix::unistd::Pid;
use tokio::sync::oneshot;

/// The only caller of `waitpid`. It reaps all children, commands and adopted orphans alike.
#[derive(Default)]
pub struct Reaper(RefCell<HashMap<Pid, oneshot::Sender<Status>>>);

impl Reaper {
    /// Gives the status of a child once it ends. Call this before awaiting anything: the reaper runs on the same thread, so
    /// the child can't be reaped in between.
    pub fn watch(&self, pid: Pid) -> oneshot::Receiver<Status> {
        let (sender, receiver) = oneshot::channel();
        self.0.borrow_mut().insert(pid, sender);
        receiver
    }

    /// Reaps all children that have ended. `unwatched` is called for those that are not watched.
    pub fn reap(&self, unwatched: impl Fn(Pid)) {
        while let Some((pid, status)) = next() {
            match self.0.borrow_mut().remove(&pid) {
                // The operation may be gone.
                Some(waiter) => drop(waiter.send(status)),
                None => unwatched(pid),
            }
        }
    }
}

/// Reaps one child that has ended. nix's `waitpid` would lose a process that a real-time signal has ended.
fn next() -> Option<(Pid, Status)> {
    let mut status = 0;
    // SAFETY: `status` is valid for writing the result during the call.
    let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
    if pid <= 0 {
        return None;
    }
    let status = if libc::WIFEXITED(status) {
        Status::Code(libc::WEXITSTATUS(status).to_le_bytes()[0])
    } else {
        Status::Signal(libc::WTERMSIG(status).to_le_bytes()[0])
    };
    Some((Pid::from_raw(pid), status))
}
