//! An agent that runs as a process on this host, for a task without a container.

use std::{
    collections::BTreeMap,
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdUnixStream},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    net::UnixStream,
    process::{Child, Command},
    time::timeout,
};
use tokio_util::compat::TokioAsyncReadCompatExt;

use super::{Link, binary::AgentBinary};
use crate::error::{Code, Error, Result};

/// How long an agent may take to kill its task's remaining processes and to exit.
const END: Duration = Duration::from_secs(5);

/// An agent that runs one command. It exits when its link ends, thus also when this process ends, and then kills everything
/// that the command started.
#[derive(Debug)]
pub struct HostAgent {
    link: Link,
    process: Child,
}

impl HostAgent {
    /// Starts an agent in a directory, with exactly this environment.
    ///
    /// # Errors
    /// `COMMAND_NOT_STARTED` when it can't be started; `SANDBOX_LOST` or `TIMEOUT` when it does not respond;
    /// `INVALID_ARGUMENT` on systems other than Linux.
    pub async fn start(
        agent: &AgentBinary,
        directory: &Path,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let started = || -> io::Result<(UnixStream, Child)> {
            let (ours, its) = StdUnixStream::pair()?;
            ours.set_nonblocking(true)?;
            let mut command = Command::new(program(agent)?);
            command.arg0("cofferdam-agent").arg("host").current_dir(directory);
            command.env_clear().envs(environment);
            command.stdin(OwnedFd::from(its)).stdout(Stdio::null()).stderr(Stdio::null());
            Ok((UnixStream::from_std(ours)?, command.spawn()?))
        };
        let (stream, process) = started().map_err(|error| not_started(&error))?;
        Ok(Self { link: Link::over(stream.compat()).await?, process })
    }

    /// The link to the agent.
    #[must_use]
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Ends the agent and everything that its command left behind.
    ///
    /// # Errors
    /// `TIMEOUT` when a process can't be killed.
    pub async fn end(self) -> Result<()> {
        let Self { link, mut process } = self;
        drop(link);
        // The command may have stopped it with SIGSTOP.
        if let Some(pid) = process.id().and_then(|pid| i32::try_from(pid).ok()) {
            let _ = kill(Pid::from_raw(pid), Signal::SIGCONT);
        }
        if timeout(END, process.wait()).await.is_ok() {
            return Ok(());
        }
        let _ = process.start_kill();
        Err(Error::new(Code::Timeout, "a process that the task started could not be killed"))
    }
}

fn not_started(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::Unsupported {
        return Error::invalid("isolation", "isolation 'host' requires Linux");
    }
    let reason = error.raw_os_error().map(|number| format!("{:?}", Errno::from_raw(number)));
    Error::new(Code::CommandNotStarted, format!("could not start the agent on the host: {error}"))
        .detail("reason", reason)
}

#[cfg(not(target_os = "linux"))]
fn program(_: &AgentBinary) -> io::Result<PathBuf> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The path of the agent as a file in memory: file systems for temporary files are often mounted with `noexec`.
#[cfg(target_os = "linux")]
fn program(agent: &AgentBinary) -> io::Result<PathBuf> {
    use std::{fs::File, io::Write, os::fd::AsRawFd};

    use nix::{
        fcntl::{FcntlArg, SealFlag, fcntl},
        sys::memfd::{MFdFlags, memfd_create},
    };
    use once_cell::sync::OnceCell;

    static PROGRAM: OnceCell<File> = OnceCell::new();

    let make = || -> io::Result<File> {
        let flags = MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING;
        // Before Linux 6.3 the flag is unknown, and every such file is executable.
        let executable = MFdFlags::from_bits_retain(nix::libc::MFD_EXEC);
        let made = match memfd_create(c"cofferdam-agent", flags | executable) {
            Err(Errno::EINVAL) => memfd_create(c"cofferdam-agent", flags),
            made => made,
        };
        let mut file = File::from(made?);
        file.write_all(agent.bytes)?;
        // Commands run as the same user and could otherwise write to it.
        fcntl(&file, FcntlArg::F_ADD_SEALS(SealFlag::all()))?;
        Ok(file)
    };
    let file = PROGRAM.get_or_try_init(make)?;
    Ok(PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())))
}
