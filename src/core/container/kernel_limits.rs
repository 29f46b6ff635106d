//! Limits on what the kernel keeps for a sandbox besides the memory of its processes.

use serde_json::{Value, json};

/// The most that `/dev/shm` may hold, in bytes: the engine's default.
const SHARED_MEMORY: i64 = 64 * 1024 * 1024;

/// The least memory for socket buffers, in bytes: with less, a few dozen busy connections take turns.
const SOCKETS: i64 = 32 * 1024 * 1024;

/// The unit of `kernel.shmall` on all but a few machines; larger pages make that limit looser.
const PAGE: i64 = 4096;

/// The limits of each process.
///
/// What the kernel counts by user id is shared with every other process of that id, on the host too. These limits keep
/// sandboxes from taking all of it.
pub fn ulimits() -> [Value; 4] {
    [
        ("core", 0),
        // Each takes memory of the host.
        ("nofile", 1024),
        ("msgqueue", 819_200),
        ("sigpending", 8192),
    ]
    .map(|(name, limit)| json!({ "Name": name, "Soft": limit, "Hard": limit }))
}

/// The size of `/dev/shm` in bytes, and as much again is for System V segments. What is in them counts as memory and
/// outlives the command that made it, so together they leave half of it.
pub fn shared_memory(memory: i64) -> i64 {
    SHARED_MEMORY.min(memory / 4)
}

/// Limits on System V and POSIX objects, which outlive the command that made them.
pub fn sysctls(memory: i64) -> Value {
    let shared = shared_memory(memory);
    json!({
        "kernel.shmmax": shared.to_string(),
        "kernel.shmall": (shared / PAGE).to_string(),
        "kernel.shmmni": "256",
        // A segment goes with the last process that uses it.
        "kernel.shm_rmid_forced": "1",
        "kernel.sem": "250 32000 32 128",
        "kernel.msgmax": "8192",
        "kernel.msgmnb": "16384",
        "kernel.msgmni": "32",
        "fs.mqueue.queues_max": "8",
        "fs.mqueue.msg_max": "10",
        "fs.mqueue.msgsize_max": "8192",
    })
}

/// The limit on socket buffers in bytes, where the kernel does not count them as memory.
pub fn socket_buffers(memory: i64) -> i64 {
    SOCKETS.max(memory / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: i64 = 1024 * 1024;

    #[test]
    fn what_outlives_commands_leaves_half_of_memory() {
        assert_eq!(shared_memory(16 * MIB), 4 * MIB);
        assert_eq!(shared_memory(8192 * MIB), 64 * MIB);
        assert_eq!(sysctls(128 * MIB)["kernel.shmall"], (32 * MIB / 4096).to_string());
    }

    #[test]
    fn sockets_get_a_quarter_of_memory_but_enough_to_be_fast() {
        assert_eq!(socket_buffers(512 * MIB), 128 * MIB);
        assert_eq!(socket_buffers(64 * MIB), 32 * MIB);
    }
}
