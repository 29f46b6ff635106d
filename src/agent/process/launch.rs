use std::{io, rc::Rc, time::Duration};

use cofferdam_protocol::process::{
    Exec, Stage,
    handle::{Attached, Origin, ProcessId, Size, Spawn},
};
use nix::errno::Errno;

use super::{
    commands::Commands, destination::Destination, input::Stdin, kill::kill, log::Log, output::Outputs,
    spawn_error::SpawnError, spawner::Spawned, supervise::Launched, table::Particulars, terminal::Terminal,
};

/// How often a child is taken for one command.
const ATTEMPTS: usize = 3;

/// How long a process without a deadline waits to be started.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that was asked for.
pub struct Start {
    /// The command.
    pub exec: Exec,
    /// What the caller calls it.
    pub name: Option<String>,
    /// The terminal to run it in.
    pub terminal: Option<Size>,
    /// Whether it has a channel of its own to the host.
    pub control: bool,
    /// What asked for it.
    pub origin: Origin,
}

impl From<Exec> for Start {
    fn from(exec: Exec) -> Self {
        Self { exec, name: None, terminal: None, control: false, origin: Origin::Exec }
    }
}

impl From<Spawn> for Start {
    fn from(Spawn { exec, name, terminal, control, .. }: Spawn) -> Self {
        Self { exec, name, terminal, control, origin: Origin::Spawn }
    }
}

impl Start {
    /// Whether to try again after this error: a command may have killed the child that was ready. Input that was sent to it is
    /// lost.
    pub fn may_retry(&self, error: SpawnError, attempt: usize) -> bool {
        error == (Stage::Fork, Errno::EPIPE) && !self.exec.stdin && attempt + 1 < ATTEMPTS
    }

    /// Hands a child its command. Its output goes to the log, if there is one, otherwise to the host.
    pub async fn launch<'a>(
        &self,
        commands: &'a Commands,
        log: Option<Rc<Log>>,
    ) -> Result<Launched<'a>, SpawnError> {
        let terminal = self.terminal.map(Terminal::open).transpose();
        let terminal = terminal.map_err(|errno| (Stage::Terminal, errno))?;
        let patience = match self.exec.timeout_ms {
            0 => PATIENCE,
            milliseconds => Duration::from_millis(milliseconds),
        };
        let child = commands.child(patience, self.control).await.map_err(|errno| (Stage::Fork, errno))?;
        let spawned = commands.spawner.spawn(child, &self.exec, terminal.as_ref(), self.control)?;
        let mark = spawned.mark;
        match self.follow(commands, spawned, terminal, log) {
            Ok(launched) => Ok(launched),
            Err(error) => {
                kill(mark).await;
                Err((Stage::Fork, Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO))))
            }
        }
    }

    fn follow<'a>(
        &self,
        commands: &'a Commands,
        spawned: Spawned,
        terminal: Option<Terminal>,
        log: Option<Rc<Log>>,
    ) -> io::Result<Launched<'a>> {
        let Spawned { pid, mark, stdin, control, stdout, stderr, plan, failure } = spawned;
        let stdin = Stdin::new(stdin, terminal.is_some())?;
        let destination = log.clone().map_or_else(|| Destination::Host(Vec::new()), Destination::Log);
        let has_handle = self.origin == Origin::Spawn && log.is_none();
        let particulars = Particulars { id: new_id()?, name: self.name.clone(), origin: self.origin, log };
        let guard = commands.table.insert(pid, mark, (stdin, terminal), &self.exec.command, particulars);
        let greeting = has_handle.then(|| Attached { process: guard.entry.describe(), stdout: 0, stderr: 0 });
        let outputs = Outputs::new((stdout, stderr, control), &self.exec, destination, greeting)?;
        Ok(Launched { pid, guard, plan, failure, outputs })
    }
}

/// A new id, from the kernel's random numbers.
fn new_id() -> io::Result<ProcessId> {
    let mut bytes = [0; size_of::<ProcessId>()];
    // SAFETY: the buffer is valid for writing its length.
    let count = unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    if count < 0 { Err(io::Error::last_os_error()) } else { Ok(ProcessId::from_le_bytes(bytes)) }
}
