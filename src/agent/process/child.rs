//! The child's side of a fork: it gives up its privileges, then becomes a command.

use std::{
    convert::Infallible,
    fs::File,
    io::{Read, Seek},
    os::fd::{AsRawFd, OwnedFd},
};

use cofferdam_protocol::process::{Stage, handle::CONTROL_VARIABLE};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl, open},
    sys::{
        signal::{SigHandler, SigSet, SigmaskHow, Signal, sigprocmask},
        stat::{Mode, umask},
    },
    unistd::{AccessFlags, access, chdir, dup2_stderr, dup2_stdin, dup2_stdout, execve, read, setsid, write},
};

use super::{
    confinement::Confinement,
    mark::Mark,
    plan::{Plan, c_strings},
    spawn_error::{self, SpawnError},
};

/// The child's ends of the pipes that connect it to the agent, and its plan.
pub struct Ends {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    pub wake: OwnedFd,
    pub plan: OwnedFd,
    pub failure: OwnedFd,
}

/// Runs in the child, and never returns.
pub fn run(confinement: &Confinement, mark: Mark, ends: &Ends) -> ! {
    let Err(error) = become_command(confinement, mark, ends);
    // If the agent has closed its end, it no longer needs the error.
    let _ = write(&ends.failure, &spawn_error::encode(error));
    // SAFETY: ends the child at once, without running the agent's destructors.
    unsafe { libc::_exit(127) }
}

fn become_command(confinement: &Confinement, mark: Mark, ends: &Ends) -> Result<Infallible, SpawnError> {
    let stage = |stage: Stage| move |errno: Errno| (stage, errno);
    close_others(ends).map_err(stage(Stage::Fork))?;
    setsid().map_err(stage(Stage::Fork))?;
    dup2_stdout(&ends.stdout).map_err(stage(Stage::Fork))?;
    dup2_stderr(&ends.stderr).map_err(stage(Stage::Fork))?;
    confinement.enter(mark).map_err(stage(Stage::Identity))?;
    restore_signals().map_err(stage(Stage::Identity))?;
    umask(Mode::from_bits_truncate(0o022));

    let mut plan = wait_for_plan(ends)?;
    if plan.control {
        let descriptor = fcntl(&ends.stdin, FcntlArg::F_DUPFD(CONTROL)).map_err(stage(Stage::Fork))?;
        plan.environment.push(format!("{CONTROL_VARIABLE}={descriptor}").into_bytes());
    }
    if let Some(terminal) = plan.terminal {
        enter_terminal(&terminal).map_err(stage(Stage::Terminal))?;
    } else if plan.stdin {
        dup2_stdin(&ends.stdin).map_err(stage(Stage::Fork))?;
    } else {
        let empty = open(c"/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty());
        dup2_stdin(empty.map_err(stage(Stage::Fork))?).map_err(stage(Stage::Fork))?;
    }
    let refused = (Stage::Arguments, Errno::EINVAL);
    let programs = c_strings(plan.programs).ok_or(refused)?;
    let arguments = c_strings(plan.arguments).ok_or(refused)?;
    let environment = c_strings(plan.environment).ok_or(refused)?;
    chdir(plan.directory.as_slice()).map_err(stage(Stage::WorkingDirectory))?;
    // As in a shell, a program that exists but may not be executed outweighs one that is missing.
    let mut outcome = Errno::ENOENT;
    for program in &programs {
        let Err(errno) = execve(program, &arguments, &environment);
        match errno {
            // A script, or a program for another C library.
            Errno::ENOENT if access(program.as_c_str(), AccessFlags::F_OK).is_ok() => {
                return Err((Stage::Interpreter, errno));
            }
            Errno::ENOENT | Errno::ENOTDIR => {}
            Errno::EACCES => outcome = errno,
            _ => return Err((Stage::Execute, errno)),
        }
    }
    Err((Stage::Execute, outcome))
}

/// The lowest descriptor that a channel to the host gets, beyond those that scripts use.
const CONTROL: i32 = 200;

/// Makes a terminal the controlling one of this new session, and all three standard streams.
fn enter_terminal(path: &str) -> Result<(), Errno> {
    let terminal = open(path, OFlag::O_RDWR | OFlag::O_CLOEXEC | OFlag::O_NOCTTY, Mode::empty())?;
    // SAFETY: takes only numbers.
    Errno::result(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSCTTY, 0) })?;
    dup2_stdin(&terminal)?;
    dup2_stdout(&terminal)?;
    dup2_stderr(&terminal)
}

/// Waits until the agent has a command. The child exits when the agent ends or no longer needs it.
fn wait_for_plan(ends: &Ends) -> Result<Plan, SpawnError> {
    let broken = (Stage::Fork, Errno::EPIPE);
    let mut word = [0];
    match read(&ends.wake, &mut word) {
        Ok(1) if word == [Plan::READY] => {}
        // SAFETY: ends the child at once. The agent does not wait for an error from it.
        _ => unsafe { libc::_exit(0) },
    }
    let mut bytes = Vec::new();
    let mut file = File::from(ends.plan.try_clone().map_err(|_| broken)?);
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(|_| broken)?;
    // Tells the agent that the command is no longer in its hands.
    file.set_len(0).map_err(|_| broken)?;
    postcard::from_bytes(&bytes).map_err(|_| broken)
}

/// The highest possible descriptor. gVisor takes a larger number for a negative one.
const LAST: u32 = i32::MAX.unsigned_abs();

/// Closes the agent's other descriptors, above all links: by themselves they close only at `execve`.
fn close_others(ends: &Ends) -> Result<(), Errno> {
    let mut kept: Vec<u32> = [&ends.stdin, &ends.stdout, &ends.stderr, &ends.wake, &ends.plan, &ends.failure]
        .map(|fd| fd.as_raw_fd().unsigned_abs())
        .to_vec();
    kept.sort_unstable();
    let mut first = 3;
    for fd in kept {
        if fd > first {
            close_range(first, fd - 1)?;
        }
        first = fd + 1;
    }
    close_range(first, LAST)
}

fn close_range(first: u32, last: u32) -> Result<(), Errno> {
    // SAFETY: takes only numbers, and nothing in the child uses the descriptors that it closes.
    Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) }).map(drop)
}

/// Restores default signal handling. Rust ignores `SIGPIPE`, which programs expect to end them, and a waiting child with the
/// agent's handlers would survive a `SIGTERM`.
fn restore_signals() -> Result<(), Errno> {
    for signal in [Signal::SIGPIPE, Signal::SIGTERM, Signal::SIGINT, Signal::SIGCHLD] {
        // SAFETY: installs no handler.
        unsafe { nix::sys::signal::signal(signal, SigHandler::SigDfl) }?;
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}
