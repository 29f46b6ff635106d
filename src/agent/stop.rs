use std::{fs, time::Duration};

use cofferdam_protocol::layout;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    signal::unix,
    time::{sleep, timeout},
};

use crate::{
    agent::Agent,
    process::{Process, pids},
};

/// How often the processes are looked at. The end of a child is noticed at once; one that was started from outside the container is
/// nobody's child here.
const LOOK: Duration = Duration::from_millis(50);

/// How long the last output may take to leave.
const LAST_WORDS: Duration = Duration::from_millis(20);

/// Asks every process of the container to end, and waits until all have, or until `limit` is over. Without a limit, the engine
/// decides how long: it kills PID 1 in the end. When PID 1 returns, the kernel kills the rest.
///
/// A command that exits meanwhile is reported as usual. One that a signal ends is not: its caller learns that the container ended.
pub async fn stop(agent: &Agent, children: &mut unix::Signal, limit: Option<Duration>) {
    agent.commands.close();
    let everyone = Pid::from_raw(-1);
    for signal in [Signal::SIGTERM, Signal::SIGCONT] {
        let _ = kill(everyone, signal);
    }
    let ended = async {
        loop {
            agent.commands.reap();
            if !pids().any(is_waited_for) {
                break;
            }
            tokio::select! {
                _ = children.recv() => {}
                () = sleep(LOOK) => {}
            }
        }
        sleep(LAST_WORDS).await;
        if let Some(temporary) = &agent.user.temporary {
            temporary.remove().await;
        }
    };
    let _ = timeout(limit.unwrap_or(Duration::MAX), ended).await;
}

/// Whether a process is alive, and not a bridge, which ends with the agent.
fn is_waited_for(pid: i32) -> bool {
    Process::read(pid).is_some_and(|process| process.is_alive() && !(process.user == 0 && is_bridge(pid)))
}

fn is_bridge(pid: i32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.starts_with(layout::AGENT.as_bytes()))
}
