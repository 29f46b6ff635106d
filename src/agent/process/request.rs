//! What hosts ask of processes.

use std::{io, rc::Rc};

use cofferdam_protocol::{
    process::{
        ExecEvent, Request,
        handle::{Attach, Controlled, Listed, Position, Resize, Signal},
    },
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};

use super::{
    commands::Commands,
    detached::start_detached,
    follow::follow,
    kill::signal_all,
    run::{not_started, run},
};

use crate::agent::Agent;

/// Does what a request asks for.
pub async fn serve<R, W>(
    agent: &Rc<Agent>,
    request: Request,
    requests: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let commands = &agent.commands;
    match request {
        Request::Exec(exec) => run(commands, &agent.disk, exec.into(), requests, output).await,
        Request::Spawn(spawn) => match spawn.log {
            None => run(commands, &agent.disk, spawn.into(), requests, output).await,
            Some(capacity) => match start_detached(agent, spawn.into(), capacity).await {
                Ok(entry) => follow(&entry, Position::Start, requests, output).await,
                Err(error) => not_started(output, error).await,
            },
        },
        Request::Attach(Attach { id, from }) => match commands.table.find(id) {
            Some(entry) if entry.particulars.log.is_some() => follow(&entry, from, requests, output).await,
            found => message::send(output, &ExecEvent::Unknown { exists: found.is_some() }).await,
        },
        Request::Signal(request) => message::send(output, &signal(commands, request)).await,
        Request::Resize(request) => message::send(output, &resize(commands, request)).await,
        Request::List => message::send(output, &Listed { processes: commands.table.list() }).await,
    }
}

fn signal(commands: &Commands, Signal { id, signal, descendants }: Signal) -> Controlled {
    let Some(entry) = commands.table.find(id).filter(|entry| entry.ended().is_none()) else {
        return Controlled::Ended;
    };
    let spared = descendants.then(|| entry.pid());
    if signal_all(entry.mark, signal.into(), spared) { Controlled::Done } else { Controlled::Ended }
}

fn resize(commands: &Commands, Resize { id, size }: Resize) -> Controlled {
    let Some(entry) = commands.table.find(id).filter(|entry| entry.ended().is_none()) else {
        return Controlled::Ended;
    };
    let terminal = entry.terminal.borrow();
    match terminal.as_ref().map(|terminal| terminal.resize(size)) {
        Some(Ok(())) => Controlled::Done,
        Some(Err(_)) => Controlled::Ended,
        None => Controlled::NoTerminal,
    }
}
