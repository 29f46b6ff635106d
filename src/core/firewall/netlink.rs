//! Asking the kernel's packet filter.

use std::{
    io,
    os::fd::{AsRawFd, OwnedFd},
};

use nix::{
    errno::Errno,
    sys::{
        socket::{
            AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, sendto,
            setsockopt, socket, sockopt::ReceiveTimeout,
        },
        time::{TimeVal, TimeValLike},
    },
};

use super::message::{Attributes, message, messages};

/// Requests about `nf_tables`.
const NF_TABLES: u16 = 10;
pub const NEW_TABLE: u16 = 0;
pub const DELETE_TABLE: u16 = 2;
pub const NEW_CHAIN: u16 = 3;
pub const NEW_RULE: u16 = 6;
const GET_RULE: u16 = 7;
pub const NEW_SET: u16 = 9;

/// The messages around a batch.
const BATCH_BEGIN: u16 = 16;
const BATCH_END: u16 = 17;

/// Flags of requests.
const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const DUMP: u16 = 0x300;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;

/// What the kernel answers with.
const ERROR: u16 = 2;
const DONE: u16 = 3;
/// The list changed while it was read.
const INTERRUPTED: u16 = 16;

/// How often a list is read that changes each time.
const READINGS: usize = 20;

/// How long the kernel may take, in seconds.
const PATIENCE: i64 = 5;

/// More than the kernel sends at once.
const BUFFER: usize = 64 * 1024;

/// A request and its attributes.
pub type Request = (u16, Attributes);

/// Whether a batch is carried out, or only checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    CarryOut,
    Check,
}

/// The connection to the packet filter of this process's network namespace.
pub struct Netlink {
    socket: OwnedFd,
    buffer: Vec<u8>,
}

impl Netlink {
    /// Connects.
    ///
    /// # Errors
    /// Those of the kernel.
    pub fn open() -> io::Result<Self> {
        let protocol = SockProtocol::NetlinkNetFilter;
        let socket = socket(AddressFamily::Netlink, SockType::Raw, SockFlag::SOCK_CLOEXEC, protocol)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        setsockopt(&socket, ReceiveTimeout, &TimeVal::seconds(PATIENCE))?;
        Ok(Self { socket, buffer: vec![0; BUFFER] })
    }

    /// Makes requests, all or none of which take effect, at one moment.
    ///
    /// # Errors
    /// The first one of the kernel, such as `EPERM` for a process that may not change the packet filter.
    pub fn batch(&mut self, requests: &[Request], intent: Intent) -> io::Result<()> {
        let none = Attributes::default();
        let mut bytes = message(BATCH_BEGIN, REQUEST, 0, NF_TABLES, &none);
        for ((kind, attributes), sequence) in requests.iter().zip(1..) {
            let flags = match *kind {
                NEW_RULE => REQUEST | ACKNOWLEDGE | CREATE | APPEND,
                DELETE_TABLE => REQUEST | ACKNOWLEDGE,
                _ => REQUEST | ACKNOWLEDGE | CREATE,
            };
            bytes.extend(message(NF_TABLES << 8 | kind, flags, sequence, 0, attributes));
        }
        // Without its end, the kernel checks a batch and then drops it.
        if intent == Intent::CarryOut {
            bytes.extend(message(BATCH_END, REQUEST, 0, NF_TABLES, &none));
        }
        self.send(&bytes)?;
        let mut missing = requests.len();
        while missing > 0 {
            let received = self.receive()?;
            for answer in messages(received).filter(|answer| answer.kind == ERROR) {
                acknowledged(answer.body)?;
                missing = missing.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// Lists the rules that there are; what `read` makes of each.
    ///
    /// # Errors
    /// Those of the kernel; `EINTR` if the list changed each time that it was read.
    pub fn list_rules<T>(&mut self, read: impl Fn(&[u8]) -> Option<T>) -> io::Result<Vec<T>> {
        for _ in 0..READINGS {
            if let Some(entries) = self.read(&read)? {
                return Ok(entries);
            }
        }
        Err(Errno::EINTR.into())
    }

    /// `None` if the list changed meanwhile: the engine changes rules for each of its own networks and containers.
    fn read<T>(&mut self, read: impl Fn(&[u8]) -> Option<T>) -> io::Result<Option<Vec<T>>> {
        self.send(&message(NF_TABLES << 8 | GET_RULE, REQUEST | DUMP, 1, 0, &Attributes::default()))?;
        let (mut entries, mut is_whole) = (Vec::new(), true);
        loop {
            for answer in messages(self.receive()?) {
                is_whole &= answer.flags & INTERRUPTED == 0;
                match answer.kind {
                    DONE => return Ok(is_whole.then_some(entries)),
                    ERROR => acknowledged(answer.body)?,
                    _ => entries.extend(read(answer.body)),
                }
            }
        }
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let kernel = NetlinkAddr::new(0, 0);
        sendto(self.socket.as_raw_fd(), bytes, &kernel, MsgFlags::empty())?;
        Ok(())
    }

    fn receive(&mut self) -> io::Result<&[u8]> {
        let length = recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::empty())?;
        Ok(self.buffer.get(..length).unwrap_or_default())
    }
}

fn acknowledged(body: &[u8]) -> io::Result<()> {
    match body.first_chunk().map(|code| i32::from_ne_bytes(*code)) {
        Some(0) => Ok(()),
        Some(code) => Err(io::Error::from_raw_os_error(-code)),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
}
