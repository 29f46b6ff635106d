//! All processes of a command: found and killed.

use std::{
    collections::{HashMap, HashSet},
    fs,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::Duration,
};

use nix::unistd::getpid;
use tokio::time::{Instant, sleep};

use super::mark::Mark;

/// How long stopping may go on before killing starts anyway.
const STOP_LIMIT: Duration = Duration::from_millis(100);

/// How long killing may go on: a process in an uninterruptible wait outlives any signal.
const KILL_LIMIT: Duration = Duration::from_secs(2);

const ROUND: Duration = Duration::from_micros(500);

#[derive(Debug, PartialEq, Eq)]
struct Process {
    state: u8,
    threads: u32,
    parent: i32,
    groups: Vec<u32>,
}

impl Process {
    /// Also when its first thread has ended and others have not: the state is that of the first.
    fn alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X') || self.threads > 1
    }

    fn stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }
}

/// Kills every process that has the mark: first stops them all, so that none can start another while the
/// others are looked for, then kills them. `false` when some could not be killed.
pub async fn kill(mark: Mark) -> bool {
    let begun = Instant::now();
    while signal(mark, libc::SIGSTOP, |process| !process.stopped()) && begun.elapsed() < STOP_LIMIT {
        // Lets the signals arrive, and the other operations go on.
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

/// Sends a signal to the processes with this mark that are `wanted`, and says whether there were any.
fn signal(mark: Mark, signal: i32, wanted: impl Fn(&Process) -> bool) -> bool {
    let (candidates, family) = match mark {
        Mark::Tag(_) => (pids().collect(), HashSet::new()),
        Mark::Descent => {
            let parents = pids().filter_map(|pid| Some((pid, read(pid)?.parent)));
            let family = family(getpid().as_raw(), parents);
            (family.iter().copied().collect::<Vec<_>>(), family)
        }
    };
    let has_mark = |process: &Process| match mark {
        Mark::Tag(tag) => process.groups.contains(&tag.as_raw()),
        Mark::Descent => family.contains(&process.parent),
    };
    let concerned = |process: &Process| process.alive() && has_mark(process) && wanted(process);
    let mut any = false;
    for pid in candidates {
        if read(pid).is_some_and(|process| concerned(&process)) {
            any = true;
            send(pid, signal, concerned);
        }
    }
    any
}

/// A process and all that descend from it, of processes and their parents.
fn family(ancestor: i32, processes: impl Iterator<Item = (i32, i32)>) -> HashSet<i32> {
    let processes: Vec<_> = processes.collect();
    let mut family = HashSet::from([ancestor]);
    loop {
        let known = family.len();
        for (pid, parent) in &processes {
            if family.contains(parent) {
                family.insert(*pid);
            }
        }
        // Mostly one pass finds all: a child's number is the higher one, unless they began anew.
        if family.len() == known {
            return family;
        }
    }
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

/// All processes but the agent.
fn pids() -> impl Iterator<Item = i32> {
    let agent = getpid().as_raw();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(move |pid| *pid != agent)
}

fn read(pid: i32) -> Option<Process> {
    parse(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
}

fn parse(status: &str) -> Option<Process> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    Some(Process {
        state: *field("State:")?.trim_start().as_bytes().first()?,
        threads: field("Threads:")?.trim().parse().ok()?,
        parent: field("PPid:")?.trim().parse().ok()?,
        groups: field("Groups:")?.split_whitespace().filter_map(|gid| gid.parse().ok()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_parent_and_groups_are_read_from_a_status() {
        let status = "Name:\tState:\nState:\tT (stopped)\nPPid:\t12\nGroups:\t7 4294967278 \nNStgid:\t5\nThreads:\t2\n";
        let groups = vec![7, 4_294_967_278];
        assert_eq!(parse(status), Some(Process { state: b'T', threads: 2, parent: 12, groups }));
        assert_eq!(parse("Name:\tx\n"), None);
    }

    #[test]
    fn descendants_are_found_whatever_their_numbers() {
        let processes = [(2, 9), (3, 2), (4, 1), (5, 4), (9, 7), (7, 1)];
        assert_eq!(family(7, processes.into_iter()), HashSet::from([7, 9, 2, 3]));
    }

    #[test]
    fn a_hostile_name_does_not_pass_for_another_field() {
        // The kernel escapes a newline in a name, so a field's name only ever begins a line.
        let status = "Name:\tx\\nGroups:\\t1\nState:\tR (running)\nPPid:\t0\nGroups:\t\nThreads:\t1\n";
        assert_eq!(parse(status), Some(Process { state: b'R', threads: 1, parent: 0, groups: vec![] }));
    }

    #[test]
    fn a_process_lives_as_long_as_one_of_its_threads() {
        let process = |state, threads| Process { state, threads, parent: 1, groups: vec![] };
        assert!(process(b'S', 1).alive() && process(b'Z', 2).alive());
        assert!(!process(b'Z', 1).alive() && !process(b'X', 0).alive());
    }
}
