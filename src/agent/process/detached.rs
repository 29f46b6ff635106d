use std::{io, rc::Rc};

use cofferdam_protocol::process::{Stage, handle::MAX_LOG};
use futures_util::io::sink;
use nix::errno::Errno;
use tokio::{sync::oneshot, task::spawn_local};

use super::{
    kill::kill, launch::Start, log::Log, output::Milestones, spawn_error::SpawnError, supervise::supervise,
    table::Entry,
};

use crate::agent::Agent;

type Started = oneshot::Sender<Result<Rc<Entry>, SpawnError>>;

/// Starts a process that no host has to stay for. Its output goes to a log of `capacity` bytes a stream.
pub async fn start_detached(agent: &Rc<Agent>, start: Start, capacity: u64) -> Result<Rc<Entry>, SpawnError> {
    let (sender, receiver) = oneshot::channel();
    let log = Rc::new(Log::new(capacity.min(MAX_LOG), start.terminal.is_some()));
    if !agent.commands.table.make_room(log.reserved()) {
        return Err((Stage::Log, Errno::ENOSPC));
    }
    let reservation = Reservation { agent: Rc::clone(agent), bytes: log.reserved() };
    spawn_local(keep(reservation, start, log, sender));
    receiver.await.unwrap_or(Err((Stage::Fork, Errno::EIO)))
}

/// The room for a log whose process is not in the table yet.
struct Reservation {
    agent: Rc<Agent>,
    bytes: u64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.agent.commands.table.release(self.bytes);
    }
}

/// Runs the process to its end.
async fn keep(reservation: Reservation, start: Start, log: Rc<Log>, started: Started) {
    let agent = Rc::clone(&reservation.agent);
    let mut reservation = Some(reservation);
    let mut started = Some(started);
    let mut attempt = 0;
    loop {
        let error = match attempt_once(&agent, &start, &log, (&mut started, &mut reservation)).await {
            Ok(()) => return,
            Err(error) => error,
        };
        if !start.may_retry(error, attempt) {
            if let Some(started) = started {
                // The host may be gone.
                let _ = started.send(Err(error));
            }
            return;
        }
        attempt += 1;
    }
}

async fn attempt_once(
    agent: &Agent,
    start: &Start,
    log: &Rc<Log>,
    (started, reservation): (&mut Option<Started>, &mut Option<Reservation>),
) -> Result<(), SpawnError> {
    let launched = start.launch(&agent.commands, Some(Rc::clone(log))).await?;
    // From now on the table counts it.
    drop(reservation.take());
    agent.disk.touch();
    let milestones = Milestones::default();
    let entry = Rc::clone(&launched.guard.entry);
    // No host has to stay.
    let input = async {
        entry.killed.notified().await;
        milestones.end_wanted.notify_one();
        std::future::pending::<()>().await;
    };
    let report = || {
        if let Some(started) = started.take() {
            let _ = started.send(Ok(Rc::clone(&entry)));
        }
    };
    let (commands, disk) = (&agent.commands, &agent.disk);
    let ended: io::Result<Option<SpawnError>> =
        supervise(commands, disk, &start.exec, launched, (&milestones, input), report, &mut sink()).await;
    match ended {
        Ok(Some(error)) => Err(error),
        Ok(None) => Ok(()),
        Err(_) => {
            kill(entry.mark).await;
            Err((Stage::Fork, Errno::EIO))
        }
    }
}
