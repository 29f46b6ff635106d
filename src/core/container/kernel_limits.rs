//! Limits on what the kernel keeps for a sandbox besides the memory of its processes.

use std::collections::BTreeMap;

use cofferdam_protocol::ulimit::{UNLIMITED, Ulimit};
use serde_json::{Value, json};

/// The least memory for socket buffers, in bytes: with less, a few dozen busy connections take turns.
const SOCKETS: i64 = 32 * 1024 * 1024;

/// The unit of `kernel.shmall` on all but a few machines; larger pages make that limit looser.
const PAGE: i64 = 4096;

/// The limits of each process that the container itself has.
const CONTAINER: [(&str, i64); 4] = [
    ("core", 0),
    ("msgqueue", 819_200),
    // Each takes memory of the host.
    ("nofile", 1024),
    ("sigpending", 8192),
];

/// The limits of each process, for the engine.
///
/// What the kernel counts by user id is shared with every other process of that id, on the host too. These limits keep
/// sandboxes from taking all of it. Those that are asked for are raised here, as far as necessary, because the agent can't;
/// it lowers them for commands, not for itself.
pub fn ulimits(asked: &BTreeMap<String, Ulimit>) -> Vec<Value> {
    let own = CONTAINER.into_iter().map(|(name, own)| match asked.get(name).map(|limit| limit.hard) {
        Some(UNLIMITED) => (name, UNLIMITED),
        Some(hard) => (name, hard.max(own)),
        None => (name, own),
    });
    // Of the others, only this one is limited by engines. The agent locks nothing.
    let locked = asked.get("memlock").map(|limit| ("memlock", limit.hard));
    let limits = own.chain(locked);
    limits.map(|(name, limit)| json!({ "Name": name, "Soft": limit, "Hard": limit })).collect()
}

/// How much of memory, in bytes, `/dev/shm` may hold by default, and System V segments as well. What is in them counts as memory and
/// outlives the command that made it, so together they leave half of it.
pub fn shared_memory(memory: i64) -> i64 {
    memory / 4
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
        assert_eq!(shared_memory(8192 * MIB), 2048 * MIB);
        assert_eq!(sysctls(128 * MIB)["kernel.shmall"], (32 * MIB / 4096).to_string());
    }

    #[test]
    fn limits_of_the_container_are_raised_but_not_lowered() {
        let limit = |soft, hard| Ulimit { soft, hard };
        let asked = [("nofile", limit(10, 20)), ("core", limit(0, 5)), ("sigpending", limit(1, -1))];
        let asked = asked.map(|(name, limit)| (name.to_owned(), limit)).into();
        let hard: Vec<_> = ulimits(&asked).iter().map(|limit| limit["Hard"].as_i64().unwrap()).collect();
        assert_eq!(hard, [5, 819_200, 1024, -1]);
    }

    #[test]
    fn sockets_get_a_quarter_of_memory_but_enough_to_be_fast() {
        assert_eq!(socket_buffers(512 * MIB), 128 * MIB);
        assert_eq!(socket_buffers(64 * MIB), 32 * MIB);
    }
}
