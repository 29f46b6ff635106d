//! Ending all processes of a command.

use std::{
    collections::HashSet,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

use cofferdam_protocol::process::Grace;
use nix::errno::Errno;
use tokio::time::{Instant, sleep};

use super::{
    mark::Mark,
    procfs::{Process, family_of_agent, pids},
};

/// How long stopping may take before the signal is sent anyway.
const STOP_LIMIT: Duration = Duration::from_millis(100);

/// How long killing may take: a process in uninterruptible sleep outlives any signal.
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// The pause between two rounds.
const ROUND: Duration = Duration::from_micros(500);

/// How often processes that were asked to end are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The number that sends no signal and only tells whether one could be sent.
const NOTHING: i32 = 0;

/// Asks every process with the mark to end, and waits until all have, or until the time that they are given is over. What they
/// start meanwhile, such as a command of a shell's `trap`, gets no signal.
pub async fn ask_to_end(mark: Mark, grace: Grace) {
    let begun = Instant::now();
    // One that was not stopped could start another one that is not found.
    stop(mark).await;
    signal(mark, grace.signal.into(), |_| true);
    signal(mark, libc::SIGCONT, |_| true);
    while begun.elapsed() < Duration::from_millis(grace.time_ms) && signal(mark, NOTHING, |_| true) {
        sleep(LOOK).await;
    }
}

/// Kills every process with the mark. It stops them all first, so that none can start another one while the rest are being
/// found, and then kills them. `false` when some could not be killed.
pub async fn kill(mark: Mark) -> bool {
    let begun = Instant::now();
    stop(mark).await;
    while signal(mark, libc::SIGKILL, |_| true) {
        if begun.elapsed() > KILL_LIMIT {
            return false;
        }
        sleep(ROUND).await;
    }
    true
}

/// Sends a signal once to every process with this mark except one; `false` when there were none.
pub fn signal_all(mark: Mark, number: i32, except: Option<i32>) -> bool {
    signal(mark, number, |process| Some(process.pid) != except)
}

/// Stops every process with the mark, for as long as that is worth trying.
async fn stop(mark: Mark) {
    let begun = Instant::now();
    while signal(mark, libc::SIGSTOP, |process| !process.is_stopped()) && begun.elapsed() < STOP_LIMIT {
        // Lets the signals arrive and other operations continue.
        sleep(ROUND).await;
    }
}

/// Sends a signal to the processes with this mark that are `wanted`; `true` when there were any.
fn signal(mark: Mark, signal: i32, wanted: impl Fn(&Process) -> bool) -> bool {
    let (candidates, family) = match mark {
        Mark::Tag(_) => (pids().collect(), HashSet::new()),
        Mark::Descent => {
            let family = family_of_agent();
            (family.iter().copied().collect::<Vec<_>>(), family)
        }
    };
    let has_mark = |process: &Process| match mark {
        Mark::Tag(tag) => process.groups.contains(&tag.as_raw()),
        Mark::Descent => family.contains(&process.parent),
    };
    let concerned = |process: &Process| process.is_alive() && has_mark(process) && wanted(process);
    let mut any = false;
    for pid in candidates {
        if Process::read(pid).is_some_and(|process| concerned(&process)) {
            any = true;
            // One that can't be signalled is found again in the next round, until the limit.
            let _ = send(pid, signal, concerned);
        }
    }
    any
}

/// Signals a process if it still is the one that was found; an error if the kernel refuses. The check comes after a descriptor
/// of the process is open: from then on its id can't be reused for another one.
pub(super) fn send(pid: i32, signal: i32, still: impl Fn(&Process) -> bool) -> Result<(), Errno> {
    let descriptor = match open(pid) {
        Ok(descriptor) => Some(descriptor),
        // gVisor has no descriptors of processes. There an id may be reused in the moment after the check.
        Err(Errno::ENOSYS) => None,
        Err(Errno::ESRCH) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    if !Process::read(pid).is_some_and(|process| still(&process)) {
        return Ok(());
    }
    // SAFETY: the descriptor is open, and a null `siginfo` asks for the default one; `kill` takes only numbers.
    let sent = unsafe {
        match &descriptor {
            Some(pidfd) => libc::syscall(
                libc::SYS_pidfd_send_signal,
                pidfd.as_raw_fd(),
                signal,
                std::ptr::null::<u8>(),
                0,
            ),
            None => libc::kill(pid, signal).into(),
        }
    };
    match Errno::result(sent) {
        // It has ended in between.
        Ok(_) | Err(Errno::ESRCH) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Opens a descriptor of a process.
fn open(pid: i32) -> Result<OwnedFd, Errno> {
    // SAFETY: takes only numbers, and the descriptor that it returns belongs to the caller alone.
    unsafe {
        let fd = Errno::result(libc::syscall(libc::SYS_pidfd_open, pid, 0))?;
        let fd = i32::try_from(fd).map_err(|_| Errno::EBADF)?;
        Ok(OwnedFd::from_raw_fd(fd))
    }
}
