//! The host's view of a process that has a handle.

use cofferdam_protocol::{
    Request, SystemError,
    process::{
        self, ExecEvent, ExecInput, Exited, Output, Stage,
        handle::{Attached, Controlled, Description, Listed},
    },
    wire::message,
};
use futures_util::io::AsyncWriteExt;

use super::{
    Link, Operation,
    command::encode,
    failure::{broken, lost, violated},
};
use crate::error::Result;

/// What an agent reports about a process.
#[derive(Debug)]
pub enum Report {
    /// Everything that follows is about this process.
    Attached(Attached),
    /// It could not be started.
    NotStarted(Stage, SystemError),
    /// There is no such process to follow. It may exist without being detached.
    Unknown {
        /// Whether it exists.
        exists: bool,
    },
    /// It has read its input so far.
    StdinWanted,
    /// It has written.
    Output(Output, Vec<u8>),
    /// It has written to its own channel.
    Control(Vec<u8>),
    /// Output at this place is no longer kept.
    Gap(Output, u64),
    /// It has ended.
    Exited(Exited),
}

/// Follows a process. Dropping it kills one that is not detached.
#[derive(Debug)]
pub struct Following {
    operation: Operation,
    /// Messages to the agent, and how many of their bytes have been sent.
    outgoing: Vec<u8>,
    sent: usize,
}

impl Following {
    /// Asks the agent to start a process or to attach to one.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when the request is too large.
    pub fn begin(operation: Operation, request: process::Request) -> Result<Self> {
        Ok(Self { operation, outgoing: encode(&Request::Process(request))?, sent: 0 })
    }

    /// Queues a piece of input. Ask for it only after [`Report::StdinWanted`].
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` when it is too large.
    pub fn feed(&mut self, input: &ExecInput) -> Result<()> {
        self.outgoing.extend(encode(input)?);
        Ok(())
    }

    /// Sends what is queued, waits until the caller is `ready`, and then until something is reported. Cancel-safe.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link ends or the agent violates the protocol.
    pub async fn next<T>(&mut self, ready: impl Future<Output = T>) -> Result<(T, Report)> {
        let Self { operation: Operation { events, requests, .. }, outgoing, sent } = self;
        let sending = async {
            while let Some(rest @ [_, ..]) = outgoing.get(*sent..) {
                // An agent that has finished stops reading. Its last messages still arrive.
                let Ok(count) = requests.write(rest).await else { break };
                *sent += count;
            }
            outgoing.clear();
            *sent = 0;
            std::future::pending::<std::convert::Infallible>().await
        };
        let receiving = async {
            let ready = ready.await;
            (ready, events.next().await)
        };
        let (ready, event) = tokio::select! {
            biased;
            never = sending => match never {},
            received = receiving => received,
        };
        let report = match event {
            Ok(Some(ExecEvent::Attached(attached))) => Ok(Report::Attached(attached)),
            Ok(Some(ExecEvent::NotStarted { stage, error })) => Ok(Report::NotStarted(stage, error)),
            Ok(Some(ExecEvent::Unknown { exists })) => Ok(Report::Unknown { exists }),
            Ok(Some(ExecEvent::StdinWanted)) => Ok(Report::StdinWanted),
            Ok(Some(ExecEvent::Output { stream, data })) => Ok(Report::Output(stream, data.to_vec())),
            Ok(Some(ExecEvent::Control(data))) => Ok(Report::Control(data.to_vec())),
            Ok(Some(ExecEvent::Gap { stream, bytes })) => Ok(Report::Gap(stream, bytes)),
            Ok(Some(ExecEvent::Exited(exited))) => Ok(Report::Exited(exited)),
            Ok(Some(ExecEvent::Started | ExecEvent::Tail { .. })) => {
                Err(violated("the agent answered a process with a handle as a command"))
            }
            Ok(None) => Err(lost()),
            Err(error) => Err(broken(&error)),
        };
        Ok((ready, report?))
    }
}

/// Signals a process, or changes the size of its terminal.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn control(link: &Link, request: process::Request) -> Result<Controlled> {
    ask(link, request).await
}

/// The processes that run, and those that ended last.
///
/// # Errors
/// `SANDBOX_LOST`.
pub async fn list(link: &Link) -> Result<Vec<Description>> {
    let listed: Listed = ask(link, process::Request::List).await?;
    Ok(listed.processes)
}

async fn ask<T: serde::de::DeserializeOwned>(link: &Link, request: process::Request) -> Result<T> {
    let mut operation = link.begin().await?;
    let request = Request::Process(request);
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    operation.events.next().await.map_err(|error| broken(&error))?.ok_or_else(lost)
}
