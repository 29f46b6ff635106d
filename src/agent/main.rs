//! The agent of a sandbox: a static binary that the host mounts into the container.
//!
//! `init --user UID:GID` is the container's PID 1; with `--tethered` it ends with its last link. `bridge` is what the host starts with the engine's exec:
//! it hands its own standard input and output to PID 1 and waits. `own UID:GID` gives the workspace to a user,
//! in a container of its own. `host` is no container's: it runs one task as a process of the host. The agent is one thread: limits on
//! processes are tight and count threads, file operations need the user's filesystem ids, which are a
//! thread's, and nothing here waits for anything but descriptors.

mod agent;
mod bridge;
mod confinement;
mod descriptor;
mod disk;
mod exec;
mod files;
mod host;
mod init;
mod link;
mod links;
mod process;
mod runtime;
mod user;

use std::{error::Error, io::Write, process::ExitCode};

use user::Ids;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The bridge's standard error reaches the host; there is nobody else to tell.
            let _ = writeln!(std::io::stderr(), "cofferdam-agent: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    match arguments {
        ["init", "--user", user] => init::run(user.parse()?, false),
        ["init", "--user", user, "--tethered"] => init::run(user.parse()?, true),
        ["bridge"] => bridge::run(),
        ["host"] => host::run(),
        ["own", user] => Ok(user.parse::<Ids>()?.own_workspace()?),
        _ => {
            Err("usage: cofferdam-agent init --user UID:GID [--tethered] | bridge | host | own UID:GID"
                .into())
        }
    }
}
