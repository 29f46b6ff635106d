//! How a process that the engine started in the container becomes a link.
//!
//! The bridge copies nothing: it sends its standard input and output to PID 1, which reads and writes them
//! itself, and then only waits. That saves two copies and two context switches a message.

use std::{
    error::Error,
    io::{self, IoSlice, IoSliceMut, Read},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::net::UnixStream as StdUnixStream,
    },
};

use cofferdam_protocol::layout;
use nix::{
    cmsg_space,
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, getsockopt, recvmsg, sendmsg, sockopt::PeerCredentials,
    },
};
use tokio::{io::Interest, net::UnixStream};

/// Hands standard input and output to PID 1 and waits for the end of the link.
pub fn run() -> Result<(), Box<dyn Error>> {
    let mut agent = StdUnixStream::connect(layout::SOCKET)?;
    if getsockopt(&agent, PeerCredentials)?.pid() != 1 {
        return Err("the socket is not the agent's".into());
    }
    let descriptors = [io::stdin().as_raw_fd(), io::stdout().as_raw_fd()];
    sendmsg::<()>(
        agent.as_raw_fd(),
        &[IoSlice::new(&[layout::BRIDGED])],
        &[ControlMessage::ScmRights(&descriptors)],
        MsgFlags::empty(),
        None,
    )?;
    // The agent closes its end when the link has ended.
    agent.read_exact(&mut [0]).or_else(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Ok(()),
        _ => Err(error),
    })?;
    Ok(())
}

/// What a link goes over.
pub enum Way {
    /// The socket itself: a host that reaches it.
    Direct,
    /// The standard input and output of a bridge.
    Bridged(OwnedFd, OwnedFd),
}

/// Learns what the link is to go over. Only root is heard.
pub async fn receive(control: &UnixStream) -> io::Result<Way> {
    if control.peer_cred()?.uid() != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    control.async_io(Interest::READABLE, || receive_now(control)).await
}

/// Waits until a bridge is gone: then nobody reads the other end of its pipes any more.
pub async fn ended(control: &UnixStream) {
    // A bridge says nothing, so the only thing that there can be to read is the end.
    let _ = control.async_io(Interest::READABLE, || control.try_read(&mut [0])).await;
}

fn receive_now(control: &UnixStream) -> io::Result<Way> {
    let mut byte = [0];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    let mut space = cmsg_space!([i32; 2]);
    let message =
        recvmsg::<()>(control.as_raw_fd(), &mut bytes, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
    let mut received = Vec::new();
    for control_message in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = control_message {
            // SAFETY: the kernel has just made these descriptors for us, and nobody else knows them.
            received.extend(descriptors.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
        }
    }
    match (byte, <[OwnedFd; 2]>::try_from(received)) {
        ([layout::BRIDGED], Ok([input, output])) => Ok(Way::Bridged(input, output)),
        ([layout::DIRECT], _) => Ok(Way::Direct),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
