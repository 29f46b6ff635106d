use std::{cell::RefCell, collections::HashMap};

use cofferdam_protocol::process::Status;
use nix::unistd::Pid;
use tokio::sync::oneshot;

/// The only caller of `waitpid`: reaps every child, its own commands and adopted orphans alike.
#[derive(Default)]
pub struct Reaper(RefCell<HashMap<Pid, oneshot::Sender<Status>>>);

impl Reaper {
    /// The status of a child, once it ends. Call it before anything is awaited: the reaper runs on the same
    /// thread, so the child can't be reaped in between.
    pub fn watch(&self, pid: Pid) -> oneshot::Receiver<Status> {
        let (sender, receiver) = oneshot::channel();
        self.0.borrow_mut().insert(pid, sender);
        receiver
    }

    /// Reaps all children that have ended; `unwatched` hears of those that nobody waits for.
    pub fn reap(&self, unwatched: impl Fn(Pid)) {
        while let Some((pid, status)) = next() {
            match self.0.borrow_mut().remove(&pid) {
                // The operation may have left.
                Some(waiter) => drop(waiter.send(status)),
                None => unwatched(pid),
            }
        }
    }
}

/// One child that has ended. Not nix's `waitpid`: it loses the process that a real-time signal ended.
fn next() -> Option<(Pid, Status)> {
    let mut status = 0;
    // SAFETY: `status` is a valid place for the result, for the time of the call.
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
