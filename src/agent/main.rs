//! The agent of a sandbox: a static binary that the host mounts into the container.
//!
//! - `init --user UID:GID` is PID 1 of the container. With `--tethered` it ends with its last link. With `--foreign-workspace`
//!   it leaves nothing of its own in the workspace. `--tmpfs PATH` opens a directory in memory to commands, and
//!   `--ulimit NAME=SOFT:HARD` limits each of their processes.
//! - `bridge` is started by the host through the engine's exec API. It passes its own standard input and output to PID 1
//!   and waits.
//! - `own UID:GID` gives the workspace to a user. It runs in a container of its own.
//! - `search` searches files, as an ordinary command of the sandbox's user.
//! - `host` runs one task as a process of the host, without a container.
//!
//! The agent has one thread: process limits are tight and count threads, file operations need the user's filesystem
//! ids, which belong to a thread, and the agent never waits for anything but descriptors.

mod agent;
mod descriptor;
mod disk;
mod flags;
mod fs;
mod host_task;
mod ids;
mod in_memory;
mod init;
mod link;
mod names;
mod port;
mod process;
mod runtime;
mod search;
mod stats;
mod stop;
mod temporary;
mod tether;
mod user;
mod workspace;

use std::{error::Error, io::Write, process::ExitCode};

use cofferdam_protocol::{fs::search::COMMAND as SEARCH, layout};
use ids::{Ids, NoSuchUser};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A bridge's standard error reaches the host. Nothing else would report the error.
            let _ = writeln!(std::io::stderr(), "cofferdam-agent: {error}");
            if error.is::<NoSuchUser>() { ExitCode::from(layout::NO_SUCH_USER) } else { ExitCode::FAILURE }
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["init", "--user", user, flags @ ..] => init::run(user.parse()?, &flags.try_into()?),
        ["bridge"] => link::bridge::run(),
        ["host"] => host_task::run(),
        [SEARCH] => search::run(),
        ["own", user] => workspace::give_to(user.parse::<Ids>()?),
        _ => {
            Err("usage: cofferdam-agent init --user UID:GID [--tethered] [--foreign-workspace] [--tmpfs PATH]... [--ulimit NAME=SOFT:HARD]... | bridge | host | search | own UID:GID"
                .into())
        }
    }
}
