//! A process of the host that runs one task, with nothing around it.
//!
//! It lives as long as its link, which is its standard input, and takes all that it has started with it: also when
//! the process at the other end is killed. What a command could do to its supervisor, which is the same user, it can do.

use std::{
    error::Error,
    fs::File,
    io,
    os::fd::{AsFd, OwnedFd},
    pin::pin,
    rc::Rc,
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::{
        prctl,
        stat::{Mode, umask},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::{dup2_stdin, setsid},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{Instant, sleep},
};

use crate::{
    agent::Agent,
    confinement::Confinement,
    descriptor::{Descriptor, Duplex},
    link,
    process::{mark::Mark, tree},
    runtime,
    user::User,
};

/// How long what a task has left may take to die, and how often it is looked whether it has.
const END: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_micros(500);

/// Serves the link at standard input until it ends. The workspace is the working directory.
pub fn run() -> Result<(), Box<dyn Error>> {
    let link = take_stdin()?;
    // What a terminal sends to the program that uses us is not for us.
    setsid()?;
    prctl::set_name(c"cofferdam-agent")?;
    prctl::set_child_subreaper(true)?;
    // As in a container, whatever the program that uses us has.
    umask(Mode::from_bits_truncate(0o022));
    let agent = Agent::new(User::of_process(), Confinement::Host);
    runtime::run(serve(agent, link))
}

/// Takes the link out of the way of what is started: who holds it keeps it open.
fn take_stdin() -> io::Result<OwnedFd> {
    let link = io::stdin().as_fd().try_clone_to_owned()?;
    dup2_stdin(File::open("/dev/null")?)?;
    Ok(link)
}

async fn serve(agent: Rc<Agent>, link: OwnedFd) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut children = signal(SignalKind::child())?;
    let io = Duplex { input: Descriptor::new(link.try_clone()?)?, output: Descriptor::new(link)? };
    let mut served = pin!(link::serve(Rc::clone(&agent), io));
    loop {
        tokio::select! {
            _ = children.recv() => agent.reap(),
            // What fails fails because the other end has left.
            _ = &mut served => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    end(&agent).await;
    Ok(())
}

/// Kills all that the task has left.
async fn end(agent: &Agent) {
    let begun = Instant::now();
    while has_children() && begun.elapsed() < END {
        tree::kill(Mark::Descent).await;
        agent.reap();
        // Who was killed ends in a moment.
        sleep(ROUND).await;
    }
}

/// Whether anything that descends from us is left: who is orphaned is our child.
fn has_children() -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, look) != Err(Errno::ECHILD)
}
