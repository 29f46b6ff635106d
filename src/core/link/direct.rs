use tokio::net::UnixStream;
use tokio_util::compat::Compat;

use crate::engine::Engine;

/// Connects to the agent's socket without the engine, which would pass each byte through three processes. `None` if this
/// process can't access the container's files: it runs on another machine or in another PID namespace, or it is neither
/// root nor the owner of the engine's user namespace.
pub async fn connect(engine: &Engine, container: &str) -> Option<Compat<UnixStream>> {
    system::connect(engine, container).await
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Compat, Engine, UnixStream};

    pub async fn connect(_: &Engine, _: &str) -> Option<Compat<UnixStream>> {
        None
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{
        fs::{self, File},
        io::Result,
        os::fd::{AsRawFd, OwnedFd},
        time::Duration,
    };

    use cofferdam_protocol::layout::{DIRECT, SOCKET};
    use nix::{
        fcntl::{OFlag, OpenHow, ResolveFlag, openat2},
        sys::stat::Mode,
    };
    use tokio::{io::AsyncWriteExt, time::timeout};
    use tokio_util::compat::TokioAsyncReadCompatExt;

    use super::{Compat, Engine, UnixStream};
    use crate::engine::Address;

    /// A safeguard: connecting to a local socket is immediate unless the agent's backlog is full.
    const CONNECTING: Duration = Duration::from_secs(2);

    pub async fn connect(engine: &Engine, container: &str) -> Option<Compat<UnixStream>> {
        let Address::Socket(_) = engine.address() else { return None };
        let found = engine.find_container(container).await.ok()??;
        let socket = open(found.pid?).ok()?;
        let path = format!("/proc/self/fd/{}", socket.as_raw_fd());
        let mut stream = timeout(CONNECTING, UnixStream::connect(path)).await.ok()?.ok()?;
        // The engine's PIDs may be of another namespace, and the PID of an ended process may be reused.
        let peer = stream.peer_cred().ok()?.pid()?;
        if Some(peer) != found.pid || !is_of(peer, &found.id) {
            return None;
        }
        stream.write_all(&[DIRECT]).await.ok()?;
        Some(stream.compat())
    }

    /// The socket, found in the container's root directory. Symbolic links are not followed, because they could lead out of
    /// it.
    fn open(pid: i32) -> Result<OwnedFd> {
        let root = File::open(format!("/proc/{pid}/root"))?;
        let path = SOCKET.trim_start_matches('/');
        let how = OpenHow::new()
            .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
            .mode(Mode::empty())
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_SYMLINKS);
        Ok(openat2(&root, path, how)?)
    }

    /// Whether a process belongs to a container, by its cgroup.
    fn is_of(pid: i32, container: &str) -> bool {
        fs::read_to_string(format!("/proc/{pid}/cgroup")).is_ok_and(|cgroups| cgroups.contains(container))
    }
}
