//! One link to a host process: its operations end with it.

use std::{
    future::poll_fn,
    io,
    os::fd::OwnedFd,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use cofferdam_protocol::{
    Request,
    file::Used,
    wire::{
        batch::batched,
        hello::{self, AgentHello, HostHello},
        message::{self, MessageReader},
        mux,
    },
};
use futures_util::io::AsyncReadExt;
use tokio::{
    net::UnixStream,
    task::spawn_local,
    time::{sleep, timeout},
};
use yamux::{Connection, Mode, Stream};

use crate::{
    agent::Agent,
    bridge::{self, Way},
    descriptor::{Descriptor, Duplex},
    exec, files,
};

/// How long after a command the child for the next one is forked.
const REST: Duration = Duration::from_millis(1);

/// How long a bridge and a host have for their openings.
const OPENING: Duration = Duration::from_secs(10);

/// Serves one link until either end is gone. What fails here fails because the other end has left.
pub async fn accept(agent: Rc<Agent>, control: UnixStream) {
    let Ok(Ok(way)) = timeout(OPENING, bridge::receive(&control)).await else { return };
    let _ = match way {
        Way::Direct => direct(agent, control).await,
        Way::Bridged(input, output) => bridged(agent, &control, input, output).await,
    };
}

async fn direct(agent: Rc<Agent>, control: UnixStream) -> io::Result<()> {
    let output = OwnedFd::from(control.into_std()?);
    serve(agent, Duplex { input: Descriptor::new(output.try_clone()?)?, output: Descriptor::new(output)? })
        .await
}

async fn bridged(agent: Rc<Agent>, control: &UnixStream, input: OwnedFd, output: OwnedFd) -> io::Result<()> {
    let io = Duplex { input: Descriptor::new(input)?, output: Descriptor::new(output)? };
    tokio::select! {
        outcome = serve(agent, io) => outcome,
        () = bridge::ended(control) => Ok(()),
    }
}

/// Serves one link over these descriptors until either end is gone.
pub async fn serve(agent: Rc<Agent>, mut io: Duplex) -> io::Result<()> {
    let _open = agent.links.open();
    let body = postcard::to_stdvec(&AgentHello {
        uid: agent.user.ids.uid.as_raw(),
        gid: agent.user.ids.gid.as_raw(),
        home: agent.user.home.clone(),
        shell: agent.spawner.shell().to_owned(),
    })
    .map_err(io::Error::other)?;
    hello::send(&mut io, hello::VERSION, &body).await?;
    let opening = timeout(OPENING, hello::receive(&mut io)).await??;
    if opening.version != hello::VERSION {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let host: HostHello = postcard::from_bytes(&opening.body).map_err(io::Error::other)?;
    agent.disk.limit(host.disk_limit);
    let (io, flusher) = batched(io);
    let mut connection = Connection::new(io, mux::config(), Mode::Server);
    let turn = |cx: &mut Context<'_>| {
        while let Poll::Ready(inbound) = connection.poll_next_inbound(cx) {
            let Some(Ok(stream)) = inbound else { return Poll::Ready(Ok(())) };
            spawn_local(operation(Rc::clone(&agent), stream));
        }
        match flusher.poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    };
    poll_fn(turn).await
}

/// Does what the first message on the stream asks for. What fails here fails because the host has left or
/// does not keep to the protocol: the end of the stream is all the answer there is.
async fn operation(agent: Rc<Agent>, stream: Stream) {
    let (input, mut output) = stream.split();
    let mut input = MessageReader::new(input);
    let _ = match input.next().await {
        Ok(Some(Request::Exec(request))) => {
            let outcome = exec::run(&agent, request, input, &mut output).await;
            drop(output);
            // The result leaves first: whom it wakes may be waiting for this very processor.
            sleep(REST).await;
            agent.prepare();
            outcome
        }
        Ok(Some(Request::Read(request))) => files::read::run(&request, &mut output).await,
        Ok(Some(Request::Write(request))) => {
            // The first bytes lie in the reader's buffer, which the following messages need.
            let (path, size, data) = (request.path, request.size, request.data.to_vec());
            files::write::run(&agent.disk, &path, size, &data, input, &mut output).await
        }
        Ok(Some(Request::List(request))) => files::list::run(&request, &mut output).await,
        Ok(Some(Request::Delete(request))) => files::delete::run(&request, &mut output).await,
        Ok(Some(Request::Send(request))) => files::send::run(&request, &mut output).await,
        Ok(Some(Request::Receive(request))) => {
            files::receive::run(&agent.disk, &request, input, &mut output).await
        }
        Ok(Some(Request::Usage)) => {
            message::send(&mut output, &Used { bytes: agent.disk.used().await }).await
        }
        Ok(None) | Err(_) => Ok(()),
    };
}
