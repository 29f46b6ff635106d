use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

use cofferdam_protocol::process::Status;
use nix::unistd::Pid;
use tokio::sync::oneshot;

use super::footprint::{Footprint, own_of_zombie};

/// How a child ended, and how large it was.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Its exit code or signal.
    pub status: Status,
    /// How large it was.
    pub footprint: Footprint,
}

/// The only caller of `wait4`. It reaps all children, commands and adopted orphans alike.
#[derive(Default)]
pub struct Reaper {
    watched: RefCell<HashMap<Pid, oneshot::Sender<Ended>>>,
    ended: Cell<u64>,
    keeps_signals: Cell<bool>,
    /// Those that are never told.
    kept: RefCell<Vec<oneshot::Sender<Ended>>>,
}

impl Reaper {
    /// Tells how a child ended, once it has. Call this before awaiting anything: the reaper runs on the same thread, so the
    /// child can't be reaped in between.
    pub fn watch(&self, pid: Pid) -> oneshot::Receiver<Ended> {
        let (sender, receiver) = oneshot::channel();
        self.watched.borrow_mut().insert(pid, sender);
        receiver
    }

    /// From now on, tells only of children that exit, not of those that a signal ends.
    pub fn keep_signals(&self) {
        self.keeps_signals.set(true);
    }

    /// How many of those that were watched have ended.
    pub fn ended(&self) -> u64 {
        self.ended.get()
    }

    /// Reaps all children that have ended. `unwatched` is called for those that are not watched.
    pub fn reap(&self, unwatched: impl Fn(Pid)) {
        while let Some(zombie) = Zombie::next() {
            let pid = zombie.pid;
            let waiter = self.watched.borrow_mut().remove(&pid);
            let ended = zombie.reap();
            match (waiter, ended) {
                (Some(waiter), Some(Ended { status: Status::Signal(_), .. })) if self.keeps_signals.get() => {
                    self.kept.borrow_mut().push(waiter);
                }
                (Some(waiter), Some(ended)) => {
                    self.ended.set(self.ended.get() + 1);
                    // The operation may be gone.
                    let _ = waiter.send(ended);
                }
                _ => unwatched(pid),
            }
        }
    }
}

/// A child that has ended and is not reaped yet.
struct Zombie {
    pid: Pid,
    /// The most memory that it can have had itself, if that matters.
    own: Option<u64>,
}

impl Zombie {
    /// Any of them. nix's `waitid` would fail for one that a real-time signal has ended.
    fn next() -> Option<Self> {
        // SAFETY: all zeros is a valid `siginfo_t`.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: `info` is valid for writing the result during the call.
        if unsafe { libc::waitid(libc::P_ALL, 0, &raw mut info, options) } != 0 {
            return None;
        }
        // SAFETY: `waitid` has set both; the id is 0 if no child has ended.
        let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
        if pid == 0 {
            return None;
        }
        let pid = Pid::from_raw(pid);
        let killed = info.si_code == libc::CLD_KILLED && status == libc::SIGKILL;
        Some(Self { pid, own: if killed { own_of_zombie(pid) } else { None } })
    }

    fn reap(self) -> Option<Ended> {
        let mut status = 0;
        // SAFETY: all zeros is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both are valid for writing the results during the call.
        let reaped =
            unsafe { libc::wait4(self.pid.as_raw(), &raw mut status, libc::WNOHANG, &raw mut usage) };
        if reaped != self.pid.as_raw() {
            return None;
        }
        let status = if libc::WIFEXITED(status) {
            Status::Code(libc::WEXITSTATUS(status).to_le_bytes()[0])
        } else {
            Status::Signal(libc::WTERMSIG(status).to_le_bytes()[0])
        };
        Some(Ended { status, footprint: Footprint::new(usage.ru_maxrss, self.own) })
    }
}
