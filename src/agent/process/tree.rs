//! All processes that carry a tag: found and killed.

use std::{
    collections::{HashMap, HashSet},
    fs,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

use nix::unistd::Gid;
use tokio::time::{Instant, sleep};

/// How long stopping may go on before killing starts anyway.
const STOP_LIMIT: Duration = Duration::from_millis(100);

/// How long killing may go on: a process in an uninterruptible wait outlives any signal.
const KILL_LIMIT: Duration = Duration::from_secs(2);

const ROUND: Duration = Duration::from_micros(500);

struct Process {
    state: u8,
    groups: Vec<u32>,
}

impl Process {
    fn alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X')
    }

    fn stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }
}

/// Kills every process that carries the tag: first stops them all, so that none can start another while the
/// others are looked for, then kills them. `false` when some could not be killed.
pub async fn kill(tag: Gid) -> bool {
    let begun = Instant::now();
    while signal(tag, libc::SIGSTOP, |process| !process.stopped()) && begun.elapsed() < STOP_LIMIT {
        // Lets the signals arrive, and the other operations go on.
        sleep(ROUND).await;
    }
    while signal(tag, libc::SIGKILL, |_| true) {
        if begun.elapsed() > KILL_LIMIT {
            return false;
        }
        sleep(ROUND).await;
    }
    true
}

/// Sends a signal to the processes with this tag that are `wanted`, and says whether there were any.
fn signal(tag: Gid, signal: i32, wanted: impl Fn(&Process) -> bool) -> bool {
    let carries =
        |process: &Process| process.alive() && process.groups.contains(&tag.as_raw()) && wanted(process);
    let mut any = false;
    for pid in pids() {
        if read(pid).is_some_and(|process| carries(&process)) {
            any = true;
            send(pid, signal, carries);
        }
    }
    any
}

/// Signals a process if it still is what it was taken for: once there is a descriptor of it, its number
/// can't be another's.
fn send(pid: i32, signal: i32, still: impl Fn(&Process) -> bool) {
    // SAFETY: pidfd_open takes numbers only; a descriptor that it returns is ours alone.
    let pidfd = unsafe {
        let fd = libc::syscall(libc::SYS_pidfd_open, pid, 0);
        match i32::try_from(fd) {
            Ok(fd @ 0..) => OwnedFd::from_raw_fd(fd),
            _ => return,
        }
    };
    if read(pid).is_some_and(|process| still(&process)) {
        // SAFETY: the descriptor is open; a null `siginfo` asks for the usual one. A process that has ended
        // in between is no error.
        unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, std::ptr::null::<u8>(), 0);
        }
    }
}

/// All supplementary groups that living processes carry.
pub fn groups_in_use() -> HashSet<u32> {
    living().flat_map(|process| process.groups).collect()
}

/// How many living processes carry each group.
pub fn population() -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    for group in living().flat_map(|process| process.groups) {
        *counts.entry(group).or_default() += 1;
    }
    counts
}

fn living() -> impl Iterator<Item = Process> {
    pids().filter_map(read).filter(Process::alive)
}

/// The processes of the container, but for PID 1.
fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|pid| *pid != 1)
}

fn read(pid: i32) -> Option<Process> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let (state, groups) = parse(&status)?;
    Some(Process { state, groups })
}

fn parse(status: &str) -> Option<(u8, Vec<u32>)> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    let state = *field("State:")?.trim_start().as_bytes().first()?;
    let groups = field("Groups:")?.split_whitespace().filter_map(|gid| gid.parse().ok()).collect();
    Some((state, groups))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_and_groups_are_read_from_a_status() {
        let status = "Name:\tState:\nUmask:\t0022\nState:\tT (stopped)\nGroups:\t7 4294967278 \nNStgid:\t5\n";
        assert_eq!(parse(status), Some((b'T', vec![7, 4_294_967_278])));
        assert_eq!(parse("Name:\tx\n"), None);
    }

    #[test]
    fn a_hostile_name_does_not_pass_for_another_field() {
        // The kernel escapes a newline in a name, so a field's name only ever begins a line.
        let status = "Name:\tx\\nGroups:\\t1\nState:\tR (running)\nGroups:\t\n";
        assert_eq!(parse(status), Some((b'R', vec![])));
    }
}
