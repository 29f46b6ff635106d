use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{
    io::{copy_bidirectional, join},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};
use tokio_util::compat::{FuturesAsyncReadCompatExt, FuturesAsyncWriteCompatExt};

use super::operations::connect;
use crate::{
    cancellation::Cancellation,
    container::Connection,
    error::{Code, Error, Result},
    runtime,
};

/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// A port on this host's loopback address that leads to a port of a sandbox. Dropping it closes it, and every connection of it.
pub struct Tunnel {
    port: u16,
    closing: Cancellation,
}

impl Tunnel {
    /// Opens a tunnel to `port` at `host_port`; at one that is free for 0.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for port 0; `CONFLICT` when the port of the host is in use or may not be used; `CLOSED`.
    pub async fn open(connection: Arc<Connection>, port: u16, host_port: u16) -> Result<Self> {
        if port == 0 {
            return Err(Error::invalid("port", "port must be from 1 to 65535, not 0"));
        }
        let failed = |error: std::io::Error| {
            let message = format!("could not listen on 127.0.0.1:{host_port}: {error}");
            Error::new(Code::Conflict, message).hint("choose another hostPort, or 0 for one that is free")
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, host_port)).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?.port();
        let closing = Cancellation::default();
        let closed = closing.clone();
        runtime::spawn(async move {
            let served = connection.unless_closed(serve(&connection, &listener, port));
            tokio::select! {
                () = closed.cancelled() => {}
                _ = served => {}
            }
        })
        .ok_or_else(|| Error::new(Code::Internal, "the system could not start a thread"))?;
        Ok(Self { port: bound, closing })
    }

    /// The port on this host.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

/// Accepts connections for ever. They end with this future.
async fn serve(connection: &Arc<Connection>, listener: &TcpListener, port: u16) -> Result<()> {
    let mut carried = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => drop(carried.spawn(carry(Arc::clone(connection), client, port))),
                // This process has no descriptors left.
                Err(_) => sleep(PAUSE).await,
            },
            Some(_) = carried.join_next() => {}
        }
    }
}

/// Carries one connection. A client whose server is not there sees its connection closed, as behind any proxy of TCP.
async fn carry(connection: Arc<Connection>, mut client: TcpStream, port: u16) {
    let _busy = connection.begin();
    let Ok(mut server) = connect(&connection, port).await else { return };
    // Small messages, such as requests, must not wait for an acknowledgement.
    let _ = client.set_nodelay(true);
    let mut server = join((&mut server.incoming).compat(), (&mut server.outgoing).compat_write());
    let _ = copy_bidirectional(&mut client, &mut server).await;
    connection.touch();
}
