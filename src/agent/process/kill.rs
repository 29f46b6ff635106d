//! Killing all processes of a command.

use std::{
    collections::HashSet,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    mark::Mark,
    procfs::{Process, family_of_agent, pids},
};

/// How long stopping may take before killing starts anyway.
const STOP_LIMIT: Duration = Duration::from_millis(100);

/// How long killing may take: a process in uninterruptible sleep outlives any signal.
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// The pause between two rounds.
const ROUND: Duration = Duration::from_micros(500);

/// Kills every process with the mark. It stops them all first, so that none can start another one while the rest are being
/// found, and then kills them. `false` when some could not be killed.
pub async fn kill(mark: Mark) -> bool {
    let begun = Instant::now();
    while signal(mark, libc::SIGSTOP, |process| !process.is_stopped()) && begun.elapsed() < STOP_LIMIT {
        // Lets the signals arrive and other operations continue.
        sleep(ROUND).await;
    }
    while signal(mark, libc::SIGKILL, |_| true) {
        if begun.elapsed() > KILL_LIMIT {
            return false;
        }
        sleep(ROUND).await;
    }
    true
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
            send(pid, signal, concerned);
        }
    }
    any
}

/// Signals a process if it still is the one that was found. The check comes after a descriptor of the process is open: from
/// then on its id can't be reused for another one.
fn send(pid: i32, signal: i32, still: impl Fn(&Process) -> bool) {
    // SAFETY: pidfd_open takes only numbers, and the descriptor that it returns belongs to the caller alone.
    let pidfd = unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        match i32::try_from(fd) {
            Ok(fd @ 0..) => OwnedFd::from_raw_fd(fd),
            _ => return,
        }
    };
    if Process::read(pid).is_some_and(|process| still(&process)) {
        // SAFETY: the descriptor is open, and a null `siginfo` asks for the default one. If the process has ended in
        // between, the call fails harmlessly.
        unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, std::ptr::null::<u8>(), 0);
        }
    }
}
