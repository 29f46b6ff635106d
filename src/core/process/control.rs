//! What is done to processes from outside.

use std::sync::Arc;

use crate::{
    container::{Connection, Live, with_running::with_running},
    error::{Code, Error, Result},
    link::process,
};
use cofferdam_protocol::process::{
    Request,
    handle::{Controlled, Description, ProcessId, Resize, Signal, Size},
};

/// The signals that Linux has.
const SIGNALS: std::ops::RangeInclusive<u8> = 1..=64;

/// Sends a signal to everything that a process has started and, unless only `descendants` are meant, to itself; `false` when it has ended. Starts no container.
///
/// # Errors
/// `INVALID_ARGUMENT` for a number that is no signal; `TIMEOUT`, `CLOSED`.
pub async fn signal(connection: &Connection, id: ProcessId, signal: u8, descendants: bool) -> Result<bool> {
    if !SIGNALS.contains(&signal) {
        return Err(Error::invalid("signal", format!("signal must be from 1 to 64, not {signal}")));
    }
    Ok(control(connection, Request::Signal(Signal { id, signal, descendants })).await? == Controlled::Done)
}

/// Changes the size of a process's terminal; `false` when it has ended. Starts no container.
///
/// # Errors
/// `INVALID_ARGUMENT` for a size of 0; `CONFLICT` for a process without a terminal; `TIMEOUT`, `CLOSED`.
pub async fn resize(connection: &Connection, id: ProcessId, size: Size) -> Result<bool> {
    if size.cols == 0 || size.rows == 0 {
        return Err(Error::invalid("size", "cols and rows must be from 1 to 65535"));
    }
    match control(connection, Request::Resize(Resize { id, size })).await? {
        Controlled::Done => Ok(true),
        Controlled::Ended => Ok(false),
        Controlled::NoTerminal => {
            Err(Error::new(Code::Conflict, "the process has no terminal")
                .hint("spawn it with the option pty"))
        }
    }
}

/// The processes that run, and those that ended last: none if the container does not run. Starts no container.
///
/// # Errors
/// `TIMEOUT`, `CLOSED`; those of the engine.
pub async fn processes(connection: &Connection) -> Result<Vec<Description>> {
    let listed = with_running(connection, |live| async move { process::list(&live.link).await }).await?;
    Ok(listed.unwrap_or_default())
}

async fn control(connection: &Connection, request: Request) -> Result<Controlled> {
    let ask = |live: Arc<Live>| async move { process::control(&live.link, request).await };
    Ok(with_running(connection, ask).await?.unwrap_or(Controlled::Ended))
}
