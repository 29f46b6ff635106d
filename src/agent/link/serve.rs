use std::{
    future::poll_fn,
    io,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use cofferdam_protocol::wire::{
    batch::batched,
    hello::{self, AgentHello, HostHello},
    mux,
};
use tokio::{task::spawn_local, time::timeout};
use yamux::{Connection, Mode};

use super::{dispatch::dispatch, duplex::Duplex};

use crate::agent::Agent;

/// How long a bridge and a host may take to open a link.
pub const OPENING: Duration = Duration::from_secs(10);

/// Serves one link over these descriptors until either end is gone. Its operations end with it.
pub async fn serve(agent: Rc<Agent>, mut io: Duplex) -> io::Result<()> {
    let _held = agent.tether.hold();
    let body = postcard::to_stdvec(&AgentHello {
        uid: agent.user.ids.uid.as_raw(),
        gid: agent.user.ids.gid.as_raw(),
        home: agent.user.home.clone(),
        shell: agent.commands.spawner.shell().to_owned(),
        unfit: agent.unfit().await.map(str::to_owned),
    })
    .map_err(io::Error::other)?;
    hello::send(&mut io, hello::VERSION, &body).await?;
    let opening = timeout(OPENING, hello::receive(&mut io)).await??;
    if opening.version != hello::VERSION {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let host: HostHello = postcard::from_bytes(&opening.body).map_err(io::Error::other)?;
    if agent.unfit().await.is_some() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    if !host.observes {
        agent.disk.set(host.disk_limit);
        agent.commands.spawner.set_processors(host.processors);
    }
    let (io, flusher) = batched(io);
    let mut connection = Connection::new(io, mux::config(), Mode::Server);
    let turn = |cx: &mut Context<'_>| {
        while let Poll::Ready(inbound) = connection.poll_next_inbound(cx) {
            let Some(Ok(stream)) = inbound else { return Poll::Ready(Ok(())) };
            spawn_local(dispatch(Rc::clone(&agent), stream));
        }
        match flusher.poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    };
    poll_fn(turn).await
}
