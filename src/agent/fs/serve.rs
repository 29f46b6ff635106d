use std::{future::Future, io, rc::Rc, time::Duration};

use cofferdam_protocol::{
    fs::{Request, call::Reply},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use serde::de::IgnoredAny;
use tokio::time::timeout;

use super::{call, edit, handle, lines, names, watch, write_all};

use crate::agent::Agent;

/// How often a host hears of something that takes long.
const SIGN_OF_LIFE: Duration = Duration::from_millis(200);

/// Does what a request asks for.
pub async fn run<R, W>(
    agent: &Rc<Agent>,
    request: Request,
    mut input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    match request {
        Request::Call(request) => {
            let done = reporting(call::perform(&agent.disk, request), output);
            let reply = unless_gone(&mut input, done).await??.unwrap_or_else(Reply::Failed);
            message::send(output, &reply).await
        }
        Request::Open(request) => handle::run(&agent.disk, &request, input, output).await,
        Request::Names(request) => names::run(&request, output).await,
        Request::Edit(request) => {
            let reply = unless_gone(&mut input, edit::edit(&agent.disk, &request)).await?;
            message::send(output, &reply).await
        }
        Request::Lines(request) => lines::run(&request, output).await,
        Request::Watch(request) => watch::run(&agent.watches, &request, input, output).await,
        Request::WriteAll(count) => write_all::run(&agent.disk, count, input, output).await,
    }
}

/// Does something, and lets the host know that it goes on.
async fn reporting<T, W: AsyncWrite + Unpin>(done: impl Future<Output = T>, output: &mut W) -> io::Result<T> {
    let mut done = std::pin::pin!(done);
    loop {
        match timeout(SIGN_OF_LIFE, &mut done).await {
            Ok(done) => return Ok(done),
            Err(_) => message::send(output, &Reply::Busy).await?,
        }
    }
}

/// Does something unless the host leaves meanwhile. The host sends nothing more.
async fn unless_gone<T, R: AsyncRead + Unpin>(
    input: &mut MessageReader<R>,
    done: impl Future<Output = T>,
) -> io::Result<T> {
    tokio::select! {
        biased;
        done = done => Ok(done),
        _ = input.next::<IgnoredAny>() => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}
