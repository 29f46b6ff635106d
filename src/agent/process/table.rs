use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::{Duration, SystemTime},
};

use cofferdam_protocol::process::{
    Command, Exited,
    handle::{Description, MAX_COMMAND_TEXT, MAX_ENDED, MAX_LOGS, Origin, ProcessId},
};
use nix::unistd::Pid;
use tokio::{sync::Notify, time::Instant};

use super::{input::Stdin, log::Log, mark::Mark, terminal::Terminal};

/// What is known of a process that was asked for, apart from its command.
pub struct Particulars {
    /// Its id.
    pub id: ProcessId,
    /// What the caller calls it.
    pub name: Option<String>,
    /// What started it.
    pub origin: Origin,
    /// Where its output goes if it is detached.
    pub log: Option<Rc<Log>>,
}

/// A process that was started by request.
pub struct Entry {
    /// What is known of it.
    pub particulars: Particulars,
    /// The mark of everything that it starts.
    pub mark: Mark,
    /// The standard input of a detached process.
    pub stdin: Stdin,
    /// The terminal that it runs in.
    pub terminal: RefCell<Option<Terminal>>,
    /// Notified when somebody wants it killed.
    pub killed: Notify,
    has_terminal: bool,
    has_input: bool,
    pid: Pid,
    command: String,
    started: Instant,
    started_at: SystemTime,
    ended: RefCell<Option<Exited>>,
}

impl Entry {
    /// What the host is told about it.
    pub fn describe(&self) -> Description {
        let since = self.started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Description {
            id: self.particulars.id,
            pid: self.pid.as_raw().unsigned_abs(),
            name: self.particulars.name.clone(),
            command: self.command.clone(),
            origin: self.particulars.origin,
            started_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            detached: self.particulars.log.is_some(),
            terminal: self.has_terminal,
            input: self.has_input,
            ended: self.ended(),
        }
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// How it ended.
    pub fn ended(&self) -> Option<Exited> {
        self.ended.borrow().clone()
    }

    /// How long ago it was started.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The processes that run, and the handles of those that ended last.
#[derive(Default)]
pub struct Table {
    /// Bytes of logs whose processes are not in the table yet.
    reserved: Cell<u64>,
    running: RefCell<Vec<Rc<Entry>>>,
    ended: RefCell<VecDeque<Rc<Entry>>>,
}

impl Table {
    /// Counts a process as running until the guard is dropped.
    pub fn insert(
        &self,
        pid: Pid,
        mark: Mark,
        (stdin, terminal): (Stdin, Option<Terminal>),
        command: &Command,
        particulars: Particulars,
    ) -> Guard<'_> {
        let entry = Rc::new(Entry {
            particulars,
            mark,
            has_input: stdin.is_open(),
            stdin,
            has_terminal: terminal.is_some(),
            terminal: RefCell::new(terminal),
            killed: Notify::new(),
            pid,
            command: text(command),
            started: Instant::now(),
            started_at: SystemTime::now(),
            ended: RefCell::default(),
        });
        self.running.borrow_mut().push(Rc::clone(&entry));
        Guard { table: self, entry }
    }

    /// Whether a process with this mark runs.
    pub fn contains(&self, mark: Mark) -> bool {
        self.running.borrow().iter().any(|entry| entry.mark == mark)
    }

    /// How many processes run.
    pub fn len(&self) -> usize {
        self.running.borrow().len()
    }

    /// How many processes were started less than `age` ago.
    pub fn younger_than(&self, age: Duration) -> usize {
        self.running.borrow().iter().filter(|entry| entry.age() < age).count()
    }

    /// Whether no process runs.
    pub fn is_empty(&self) -> bool {
        self.running.borrow().is_empty()
    }

    /// The process with this id.
    pub fn find(&self, id: ProcessId) -> Option<Rc<Entry>> {
        let (running, ended) = (self.running.borrow(), self.ended.borrow());
        running.iter().chain(ended.iter()).find(|entry| entry.particulars.id == id).cloned()
    }

    /// All processes, in the order in which they were started.
    pub fn list(&self) -> Vec<Description> {
        let (running, ended) = (self.running.borrow(), self.ended.borrow());
        let mut all: Vec<_> = ended.iter().chain(running.iter()).collect();
        all.sort_by_key(|entry| entry.started);
        all.into_iter().map(|entry| entry.describe()).collect()
    }

    /// Makes room for the logs of one more detached process, until [`Self::release`]: forgets the oldest ended ones if needed.
    /// `false` if those that run take too much.
    pub fn make_room(&self, wanted: u64) -> bool {
        let kept = |entry: &Rc<Entry>| entry.particulars.log.as_ref().map_or(0, |log| log.reserved());
        let running = self.running.borrow().iter().map(kept).sum::<u64>() + self.reserved.get();
        if running + wanted > MAX_LOGS {
            return false;
        }
        let mut ended = self.ended.borrow_mut();
        while running + wanted + ended.iter().map(kept).sum::<u64>() > MAX_LOGS {
            ended.pop_front();
        }
        self.reserved.set(self.reserved.get() + wanted);
        true
    }

    /// The process that room was made for is in the table, or will never be.
    pub fn release(&self, wanted: u64) {
        self.reserved.set(self.reserved.get().saturating_sub(wanted));
    }

    fn end(&self, entry: &Rc<Entry>) {
        entry.stdin.close();
        entry.terminal.take();
        if let Some(log) = &entry.particulars.log {
            log.close();
        }
        self.running.borrow_mut().retain(|other| !Rc::ptr_eq(other, entry));
        // Commands are forgotten: nobody has a handle on them.
        if entry.particulars.origin == Origin::Spawn && entry.ended.borrow().is_some() {
            let mut ended = self.ended.borrow_mut();
            ended.push_back(Rc::clone(entry));
            if ended.len() > MAX_ENDED {
                ended.pop_front();
            }
        }
    }
}

/// A process that runs.
pub struct Guard<'a> {
    table: &'a Table,
    /// The process.
    pub entry: Rc<Entry>,
}

impl Guard<'_> {
    /// Records how it ended.
    pub fn ended(&self, exited: Exited) {
        *self.entry.ended.borrow_mut() = Some(exited);
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.table.end(&self.entry);
    }
}

/// A command as text for people.
fn text(command: &Command) -> String {
    let line = match command {
        Command::Shell(line) => line.clone(),
        Command::Argv(arguments) => arguments.join(" "),
    };
    match line.char_indices().nth(MAX_COMMAND_TEXT) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests;
