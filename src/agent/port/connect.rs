use std::{
    cell::Cell,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use cofferdam_fstree::describe;
use cofferdam_protocol::{
    port::Connected,
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use nix::{errno::Errno, sys::socket};
use tokio::{net::TcpStream, time::sleep};

use super::sockets;

use crate::descriptor::Descriptor;

/// How much is copied at once, in bytes.
const BUFFER: usize = 32 * 1024;

/// How often to look whether the host still wants what a server has not sent yet.
const LOOK: Duration = Duration::from_secs(1);

/// Connects to a port of the sandbox, then carries bytes until both sides have ended.
pub async fn run<R, W>(port: u16, input: MessageReader<R>, output: &mut W) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let connection = match open(port).await {
        Ok(connection) => connection,
        Err(error) => {
            let errno = Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO));
            return message::send(output, &Connected::Failed(describe(errno))).await;
        }
    };
    // Small messages, such as keys and requests, must not wait for an acknowledgement.
    connection.set_nodelay(true)?;
    message::send(output, &Connected::Done).await?;
    let connection = Descriptor::new(connection.into_std()?.into())?;
    let mut incoming = input.into_inner();
    let ended = Cell::new(false);
    let sent = async {
        send(&mut incoming, &connection).await?;
        ended.set(true);
        Ok(())
    };
    tokio::try_join!(sent, receive(&connection, output, &ended)).map(drop)
}

/// Connects to loopback, or else to wherever the server listens.
async fn open(port: u16) -> io::Result<TcpStream> {
    match TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
        Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
            match elsewhere(port).as_slice() {
                [] => Err(refused),
                addresses => TcpStream::connect(addresses).await,
            }
        }
        outcome => outcome,
    }
}

/// Where else a server listens.
fn elsewhere(port: u16) -> Vec<SocketAddr> {
    let found = sockets::listening().into_iter().filter(|socket| socket.port == port);
    let addresses = found.map(|socket| match socket.address {
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    });
    addresses.map(|address| SocketAddr::new(address, port)).collect()
}

async fn send<R: AsyncRead + Unpin>(incoming: &mut R, connection: &Descriptor) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = incoming.read(&mut buffer).await?;
        let mut rest = buffer.get(..count).unwrap_or_default();
        if rest.is_empty() {
            // The server may have closed it.
            let _ = socket::shutdown(connection.raw(), socket::Shutdown::Write);
            return Ok(());
        }
        while !rest.is_empty() {
            let written = connection.write(rest).await?;
            rest = rest.get(written..).unwrap_or_default();
        }
    }
}

async fn receive<W: AsyncWrite + Unpin>(
    connection: &Descriptor,
    output: &mut W,
    ended: &Cell<bool>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let count = tokio::select! {
            count = connection.read(&mut buffer) => count?,
            () = sleep(LOOK) => {
                // A host that has dropped the stream has ended its side, too, but takes nothing more.
                if ended.get() {
                    let _: usize = output.write(&[]).await?;
                }
                continue;
            }
        };
        if count == 0 {
            return output.close().await;
        }
        output.write_all(buffer.get(..count).unwrap_or_default()).await?;
        output.flush().await?;
    }
}
