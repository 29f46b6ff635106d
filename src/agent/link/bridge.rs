//! The bridge: turns a process that the engine started in the container into a link.
//!
//! The bridge copies nothing. It sends its standard input and output to PID 1, which reads and writes them itself, and
//! then only waits. That saves two copies and two context switches for each message.

use std::{
    error::Error,
    io::{self, IoSlice, Read},
    os::{fd::AsRawFd, unix::net::UnixStream},
};

use cofferdam_protocol::layout;
use nix::sys::socket::{ControlMessage, MsgFlags, getsockopt, sendmsg, sockopt::PeerCredentials};

/// Passes standard input and output to PID 1 and waits for the end of the link.
pub fn run() -> Result<(), Box<dyn Error>> {
    let mut agent = UnixStream::connect(layout::SOCKET)?;
    if getsockopt(&agent, PeerCredentials)?.pid() != 1 {
        return Err("the agent's socket belongs to another process than PID 1".into());
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
