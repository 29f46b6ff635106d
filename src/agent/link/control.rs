//! The agent's side of a connection to its socket, before it is a link.

use std::{
    io::{self, IoSliceMut},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

use cofferdam_protocol::layout;
use nix::{
    cmsg_space,
    sys::socket::{ControlMessageOwned, MsgFlags, recvmsg},
};
use tokio::{io::Interest, net::UnixStream};

/// What a link goes over.
pub enum Transport {
    /// The connection itself, from a host that can reach the socket.
    Direct,
    /// The standard input and output of a bridge.
    Bridged(OwnedFd, OwnedFd),
}

/// Receives the first byte of a connection, which says what the link goes over. Only root may open a link.
pub async fn receive(control: &UnixStream) -> io::Result<Transport> {
    if control.peer_cred()?.uid() != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    control.async_io(Interest::READABLE, || receive_now(control)).await
}

/// Waits until a bridge is gone: nothing reads the other ends of its pipes any more.
pub async fn bridge_ended(control: &UnixStream) {
    // A bridge sends nothing more, so the connection becomes readable only at its end.
    let _ = control.async_io(Interest::READABLE, || control.try_read(&mut [0])).await;
}

fn receive_now(control: &UnixStream) -> io::Result<Transport> {
    let mut byte = [0];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    let mut space = cmsg_space!([i32; 2]);
    let message =
        recvmsg::<()>(control.as_raw_fd(), &mut bytes, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
    let mut received = Vec::new();
    for control_message in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = control_message {
            // SAFETY: the kernel has just created these descriptors for this process, and nothing else uses them.
            received.extend(descriptors.into_iter().map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }));
        }
    }
    match (byte, <[OwnedFd; 2]>::try_from(received)) {
        ([layout::BRIDGED], Ok([input, output])) => Ok(Transport::Bridged(input, output)),
        ([layout::DIRECT], _) => Ok(Transport::Direct),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}
