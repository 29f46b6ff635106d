//! The bridge: turns a process that the engine started in the container into a link.
//!
//! The bridge copies nothing. It sends its standard input and output to PID 1, which reads and writes them itself, and
//! then only waits. That saves two copies and two context switches for each message.

use std::{
    error::Error,
    fs,
    io::{self, IoSlice, Read},
    os::{
        fd::AsRawFd,
        unix::{fs::MetadataExt, net::UnixStream},
    },
    path::Path,
    process,
};

use cofferdam_protocol::layout;
use nix::sys::{
    signal::{SigHandler, Signal, signal},
    socket::{ControlMessage, MsgFlags, getsockopt, sendmsg, sockopt::PeerCredentials},
};

/// Passes standard input and output to PID 1 and waits for the end of the link.
pub fn run() -> Result<(), Box<dyn Error>> {
    // When the container is stopped, commands may still write their last words over this link.
    // SAFETY: installs no handler.
    unsafe { signal(Signal::SIGTERM, SigHandler::SigIgn) }?;
    let mut agent = UnixStream::connect(layout::SOCKET)?;
    if !is_agent(getsockopt(&agent, PeerCredentials)?.pid(), Path::new(layout::RUN_DIRECTORY))? {
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

/// Whether the listener of a socket in this directory, with this process id, is the agent. gVisor names the caller of the question
/// instead of the listener. There it must do that only root can make a socket in the directory.
fn is_agent(listener: i32, directory: &Path) -> io::Result<bool> {
    if listener == 1 {
        return Ok(true);
    }
    let is_own = u32::try_from(listener) == Ok(process::id());
    let found = fs::symlink_metadata(directory)?;
    let is_private = found.is_dir() && found.uid() == 0 && found.mode() & 0o777 == 0o700;
    Ok(is_own && is_private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pid_1_is_the_agent_unless_the_kernel_cannot_tell() {
        let own = i32::try_from(process::id()).unwrap();
        let public = Path::new("/tmp");
        assert!(is_agent(1, public).unwrap());
        // Anybody can make a socket there.
        assert!(!is_agent(own, public).unwrap());
        // Another process is never the agent, even if it owns the directory.
        for other in [0, 2, own + 1] {
            assert!(!is_agent(other, Path::new("/root")).unwrap(), "{other}");
        }
    }
}
