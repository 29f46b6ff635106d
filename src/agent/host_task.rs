//! A process of the host that runs one task without a container.
//!
//! It lives as long as its link, which is its standard input, and takes everything that it has started with it, even when
//! the process at the other end is killed. A command runs as the same user, so it can do to this process whatever that
//! user may.

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
    descriptor::Descriptor,
    link::{self, Duplex},
    process::{Confinement, Mark, kill},
    runtime,
    user::User,
};

/// How long the processes that a task leaves behind may take to die.
const END: Duration = Duration::from_secs(2);

/// The pause between two attempts to kill them.
const ROUND: Duration = Duration::from_micros(500);

/// Serves the link at standard input until it ends. The workspace is the working directory.
pub fn run() -> Result<(), Box<dyn Error>> {
    let link = take_stdin()?;
    // Signals that a terminal sends to the host's program must not reach this process.
    setsid()?;
    prctl::set_name(c"cofferdam-agent")?;
    prctl::set_child_subreaper(true)?;
    // As in a container, whatever the umask of the host's program is.
    umask(Mode::from_bits_truncate(0o022));
    let agent = Agent::new(User::of_process(), Confinement::Host);
    runtime::run(serve(agent, link))
}

/// Moves the link away from standard input: a child that inherited it would keep it open.
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
            _ = children.recv() => agent.commands.reap(),
            // An error only means that the other end is gone.
            _ = &mut served => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    end(&agent).await;
    Ok(())
}

/// Kills everything that the task has left behind.
async fn end(agent: &Agent) {
    let begun = Instant::now();
    while has_children() && begun.elapsed() < END {
        kill(Mark::Descent).await;
        agent.commands.reap();
        // Killed processes take a moment to end.
        sleep(ROUND).await;
    }
}

/// Whether any descendant is left: orphans become children of this process.
fn has_children() -> bool {
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, look) != Err(Errno::ECHILD)
}
