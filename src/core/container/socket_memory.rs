use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use cofferdam_cgroup::Directories;

use super::kernel_limits::socket_buffers;
use crate::engine::{Address, Engine};

/// Limits the socket buffers of a running container whose memory is limited to `memory` bytes.
///
/// Under cgroup v1 the kernel counts them apart from memory, and not at all without a limit of their own. No engine can
/// be asked for one, because runc ignores it (`KernelMemoryTCP`), so this process writes it. Without the rights to, or
/// with an engine on another machine, there is none. Under v2 they are memory.
pub async fn limit_socket_memory(engine: &Engine, container: &str, memory: i64) {
    let Address::Socket(_) = engine.address() else { return };
    let Ok(Some(found)) = engine.find_container(container).await else { return };
    let Some(pid) = found.pid else { return };
    // Nothing exists at these paths on systems other than Linux.
    let Ok(membership) = fs::read_to_string(format!("/proc/{pid}/cgroup")) else { return };
    let directories = Directories::of_container(Path::new("/"), &membership, &found.id);
    let file = directories.and_then(|directories| directories.socket_buffers_limit());
    if let Some(mut file) = file.and_then(|path| OpenOptions::new().write(true).open(path).ok()) {
        // If this fails, there is no limit, as without the rights to set one.
        let _ = file.write_all(socket_buffers(memory).to_string().as_bytes());
    }
}
