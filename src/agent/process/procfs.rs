//! The processes that `/proc` lists.

use std::{
    collections::{HashMap, HashSet},
    fs,
};

use nix::unistd::getpid;

/// The contents of a process's `status` file.
#[derive(Debug, PartialEq, Eq)]
pub struct Process {
    /// Its process id.
    pub pid: i32,
    state: u8,
    threads: u32,
    /// Its real user id.
    pub user: u32,
    /// The process id of its parent.
    pub parent: i32,
    /// Its supplementary groups.
    pub groups: Vec<u32>,
}

impl Process {
    /// Reads a process; `None` when it is gone.
    pub fn read(pid: i32) -> Option<Self> {
        parse(pid, &fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    /// Whether any of its threads is alive. The state is that of the first thread, which may end before the others.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, b'Z' | b'X') || self.threads > 1
    }

    /// Whether a signal has stopped it.
    pub fn is_stopped(&self) -> bool {
        matches!(self.state, b'T' | b't')
    }
}

/// The ids of all processes except the agent.
pub fn pids() -> impl Iterator<Item = i32> {
    let agent = getpid().as_raw();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(move |pid| *pid != agent)
}

/// The agent and all its descendants.
pub fn family_of_agent() -> HashSet<i32> {
    family(getpid().as_raw(), pids().filter_map(|pid| Some((pid, Process::read(pid)?.parent))))
}

/// All supplementary groups that living processes carry.
pub fn groups_in_use() -> HashSet<u32> {
    living().flat_map(|process| process.groups).collect()
}

/// How many living processes carry each group.
pub fn processes_by_group() -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    for group in living().flat_map(|process| process.groups) {
        *counts.entry(group).or_default() += 1;
    }
    counts
}

fn living() -> impl Iterator<Item = Process> {
    pids().filter_map(Process::read).filter(Process::is_alive)
}

/// A process and all its descendants, from a list of processes and their parents.
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
        // One pass mostly finds all: a child has a higher id than its parent, unless the ids have wrapped around.
        if family.len() == known {
            return family;
        }
    }
}

fn parse(pid: i32, status: &str) -> Option<Process> {
    let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
    Some(Process {
        pid,
        state: *field("State:")?.trim_start().as_bytes().first()?,
        threads: field("Threads:")?.trim().parse().ok()?,
        // Real, effective, saved and of the file system.
        user: field("Uid:")?.split_whitespace().next()?.parse().ok()?,
        parent: field("PPid:")?.trim().parse().ok()?,
        groups: field("Groups:")?.split_whitespace().filter_map(|gid| gid.parse().ok()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_parent_and_groups_are_read_from_a_status() {
        let status = "Name:\tState:\nState:\tT (stopped)\nPPid:\t12\nUid:\t1000\t0\t0\t0\nGroups:\t7 4294967278 \nNStgid:\t5\nThreads:\t2\n";
        let groups = vec![7, 4_294_967_278];
        let expected = Process { pid: 5, state: b'T', threads: 2, user: 1000, parent: 12, groups };
        assert_eq!(parse(5, status), Some(expected));
        assert_eq!(parse(5, "Name:\tx\n"), None);
    }

    #[test]
    fn descendants_are_found_whatever_their_ids() {
        let processes = [(2, 9), (3, 2), (4, 1), (5, 4), (9, 7), (7, 1)];
        assert_eq!(family(7, processes.into_iter()), HashSet::from([7, 9, 2, 3]));
    }

    #[test]
    fn a_hostile_name_is_not_read_as_another_field() {
        // The kernel escapes a newline in a process's name, so only a field name can begin a line.
        let status = "Name:\tx\\nGroups:\\t1\nState:\tR (running)\nPPid:\t0\nUid:\t0\t0\t0\t0\nGroups:\t\nThreads:\t1\n";
        assert_eq!(
            parse(5, status),
            Some(Process { pid: 5, state: b'R', threads: 1, user: 0, parent: 0, groups: vec![] })
        );
    }

    #[test]
    fn a_process_lives_as_long_as_one_of_its_threads() {
        let process = |state, threads| Process { pid: 5, state, threads, user: 0, parent: 1, groups: vec![] };
        assert!(process(b'S', 1).is_alive() && process(b'Z', 2).is_alive());
        assert!(!process(b'Z', 1).is_alive() && !process(b'X', 0).is_alive());
    }
}
