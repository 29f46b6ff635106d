use std::{collections::HashMap, fs, net::Ipv4Addr};

use cofferdam_protocol::{
    port::{Listening, MAX_LISTENING},
    process::handle::MAX_COMMAND_TEXT,
};

use super::sockets;

/// Where an engine of Docker's answers questions about names, from outside, in a container with a network.
const ENGINE_RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 11);

/// The ports on which somebody listens, and who.
pub fn listening() -> Vec<Listening> {
    let mut sockets = sockets::listening();
    sockets.truncate(MAX_LISTENING);
    // It is the engine's, not the sandbox's.
    sockets.retain(|socket| socket.address != ENGINE_RESOLVER);
    let owners = if sockets.is_empty() { HashMap::new() } else { owners() };
    let describe = |socket: sockets::Socket| {
        let pid = owners.get(&socket.inode).copied();
        Listening {
            port: socket.port,
            address: socket.address.to_string(),
            pid,
            command: pid.and_then(command_line),
        }
    };
    sockets.into_iter().map(describe).collect()
}

/// The process of each socket. With several, such as a server and its workers, the one with the lowest id: most often the parent.
fn owners() -> HashMap<u64, u32> {
    let mut owners = HashMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for pid in pids {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let inodes =
            descriptors.filter_map(|descriptor| inode(fs::read_link(descriptor.path()).ok()?.to_str()?));
        for inode in inodes {
            owners.entry(inode).and_modify(|owner: &mut u32| *owner = pid.min(*owner)).or_insert(pid);
        }
    }
    owners
}

/// The number in `socket:[123]`.
fn inode(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn command_line(pid: u32) -> Option<String> {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<_> = bytes.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
    Some(words.join(" ").trim_end().chars().take(MAX_COMMAND_TEXT).collect())
}
