//! A host, and a hostile agent at the other end of its link.

use std::{future::poll_fn, time::Duration};

use cofferdam_core::{Result, link::Link};
use cofferdam_protocol::wire::{
    hello::{self, AgentHello},
    mux,
};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use tokio::{
    io::DuplexStream,
    runtime::{Builder, Runtime},
    time::timeout,
};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};
use yamux::{Connection, Mode};

/// What both ends, the core's runtime and yamux may take.
pub const MEMORY: usize = 8 << 20;

/// How long a host may take after its agent is gone.
const PATIENCE: Duration = Duration::from_secs(15);

type Pipe = Compat<DuplexStream>;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
}

/// Runs a host's `act` on a link whose agent sends these bytes as its answer to the first operation, and leaves.
pub fn answered<T>(answer: &[u8], act: impl AsyncFnOnce(Link) -> Result<T>) -> Result<T> {
    let agent = async |mut pipe: Pipe| -> Option<()> {
        let hello = AgentHello {
            uid: 1000,
            gid: 1000,
            home: "/".to_owned(),
            shell: "/bin/sh".to_owned(),
            unfit: None,
        };
        hello::send(&mut pipe, hello::VERSION, &postcard::to_stdvec(&hello).ok()?).await.ok()?;
        hello::receive(&mut pipe).await.ok()?;
        let mut connection = Connection::new(pipe, mux::config(), Mode::Server);
        let stream = poll_fn(|cx| connection.poll_next_inbound(cx)).await?.ok()?;
        let (mut input, mut output) = stream.split();
        let answering = async {
            let _ = output.write_all(answer).await;
            let _ = output.close().await;
            let _ = futures_util::io::copy(&mut input, &mut futures_util::io::sink()).await;
        };
        tokio::select! {
            () = answering => {}
            _ = poll_fn(|cx| connection.poll_next_inbound(cx)) => {}
        }
        Some(())
    };
    played(agent, act)
}

/// Runs a host's `act` on a link whose agent sends these bytes, and leaves.
pub fn sent<T>(bytes: &[u8], act: impl AsyncFnOnce(Link) -> Result<T>) -> Result<T> {
    played(
        async |mut pipe: Pipe| {
            let _ = pipe.write_all(bytes).await;
            let _ = pipe.close().await;
            let _ = futures_util::io::copy(&mut pipe, &mut futures_util::io::sink()).await;
            Some(())
        },
        act,
    )
}

fn played<T>(
    agent: impl AsyncFnOnce(Pipe) -> Option<()>,
    act: impl AsyncFnOnce(Link) -> Result<T>,
) -> Result<T> {
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let host = async { act(Link::over(ours.compat()).await?).await };
    let both = async { tokio::join!(timeout(PATIENCE, host), timeout(PATIENCE, agent(theirs.compat()))).0 };
    RUNTIME.with(|runtime| runtime.block_on(both)).expect("the host waits for an agent that is gone")
}
