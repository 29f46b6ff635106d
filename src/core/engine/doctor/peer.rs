//! Where the engine behind a socket runs.

use std::{fs, os::unix::net::UnixStream, path::Path};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

/// Whether the listener at this socket is in the network namespace of this process; `false` if this process can't tell. Blocks.
pub fn shares_network(socket: &Path) -> bool {
    let Ok(stream) = UnixStream::connect(socket) else { return false };
    let Ok(peer) = getsockopt(&stream, PeerCredentials) else { return false };
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).ok();
    let own = namespace("self");
    own.is_some() && own == namespace(&peer.pid().to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn a_socket_of_this_process_is_here_and_one_of_nobody_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        assert!(!shares_network(&path));
        let listener = UnixListener::bind(&path).unwrap();
        assert!(shares_network(&path));
        drop(listener);
        assert!(!shares_network(&path));
    }
}
