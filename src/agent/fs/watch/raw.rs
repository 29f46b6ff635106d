//! The events of inotify, as the kernel writes them.

/// What is reported of a directory or a file.
pub const MASK: u32 = libc::IN_CREATE
    | libc::IN_DELETE
    | libc::IN_MODIFY
    | libc::IN_ATTRIB
    | libc::IN_MOVED_FROM
    | libc::IN_MOVED_TO
    | libc::IN_DELETE_SELF
    | libc::IN_MOVE_SELF
    | libc::IN_EXCL_UNLINK;

/// Enough for many events, and for the longest name.
pub const BUFFER: usize = 64 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw {
    /// The watch that it is about; -1 if events were lost.
    pub watch: i32,
    /// What happened.
    pub mask: u32,
    /// Connects the two events of a rename.
    pub cookie: u32,
    /// The name in the directory; empty for the directory or file itself.
    pub name: Vec<u8>,
}

/// The events in what was read.
pub fn parse(mut bytes: &[u8]) -> Vec<Raw> {
    let mut events = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<16>() {
        let [w0, w1, w2, w3, m0, m1, m2, m3, c0, c1, c2, c3, l0, l1, l2, l3] = *head;
        let length = u32::from_ne_bytes([l0, l1, l2, l3]) as usize;
        let padded = rest.get(..length).unwrap_or(rest);
        let name = padded.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        events.push(Raw {
            watch: i32::from_ne_bytes([w0, w1, w2, w3]),
            mask: u32::from_ne_bytes([m0, m1, m2, m3]),
            cookie: u32::from_ne_bytes([c0, c1, c2, c3]),
            name,
        });
        bytes = rest.get(length..).unwrap_or_default();
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_one_by_one() {
        let mut bytes = Vec::new();
        for (watch, name) in [(1_i32, &b"name\0\0\0\0"[..]), (-1, b"")] {
            bytes.extend(watch.to_ne_bytes());
            bytes.extend(libc::IN_CREATE.to_ne_bytes());
            bytes.extend(7_u32.to_ne_bytes());
            bytes.extend(u32::try_from(name.len()).unwrap().to_ne_bytes());
            bytes.extend(name);
        }
        let event = |watch, name: &[u8]| Raw { watch, mask: libc::IN_CREATE, cookie: 7, name: name.to_vec() };
        assert_eq!(parse(&bytes), [event(1, b"name"), event(-1, b"")]);
        assert_eq!(parse(&bytes[..10]), []);
    }
}
