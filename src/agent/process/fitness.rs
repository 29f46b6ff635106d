//! Whether commands can be killed here.

use std::time::Duration;

use cofferdam_protocol::process::Status;
use nix::errno::Errno;
use tokio::time::{Instant, sleep, timeout};

use super::{commands::Commands, kill::send, procfs::Process, spare::Spare};

/// How long the child may take to become a command's user, and to die.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often to look at it.
const LOOK: Duration = Duration::from_millis(1);

/// Starts a child as a command would run, and kills it. Gives the reason if that does not work: a security module may keep the
/// agent's signals from its own children, and then no deadline holds.
pub async fn unfit(commands: &Commands) -> Option<String> {
    kill_a_child(commands).await.err()
}

async fn kill_a_child(commands: &Commands) -> Result<(), String> {
    let Some(user) = commands.user_in_container() else { return Ok(()) };
    let child =
        Spare::fork(commands.confinement()).map_err(|errno| format!("no child can be started: {errno}"))?;
    let end = commands.reaper.watch(child.pid);
    let pid = child.pid.as_raw();
    // As long as it is root, like the agent, a signal shows nothing.
    let begun = Instant::now();
    while Process::read(pid).is_some_and(|process| process.user != user) {
        if begun.elapsed() > PATIENCE {
            return Err("a child could not become the sandbox's user".to_owned());
        }
        sleep(LOOK).await;
    }
    let still_runs = |process: &Process| process.is_alive();
    send(pid, libc::SIGKILL, still_runs).map_err(|errno| match errno {
        Errno::EACCES => {
            "a security module of the kernel, such as AppArmor, keeps signals from commands".to_owned()
        }
        errno => format!("signals to commands are refused: {errno}"),
    })?;
    match timeout(PATIENCE, end).await {
        Ok(Ok(ended)) if matches!(ended.status, Status::Signal(signal) if i32::from(signal) == libc::SIGKILL) => {
            Ok(())
        }
        // It could not become a command, or something else ended it.
        Ok(ended) => Err(format!("a child ended by itself: {:?}", ended.map(|ended| ended.status))),
        Err(_) => Err("a child did not die of SIGKILL".to_owned()),
    }
}
