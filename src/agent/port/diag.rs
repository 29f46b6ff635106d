//! The kernel's diagnosis of sockets, which can list only those that listen (`sock_diag(7)`).

use std::{
    fs::File,
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::fd::{FromRawFd, OwnedFd},
};

use super::sockets::Socket;

/// The type of the request, and of each message that describes a socket (`SOCK_DIAG_BY_FAMILY`).
const BY_FAMILY: u16 = 20;

/// The sizes of a `nlmsghdr` and an `inet_diag_req_v2`, in bytes.
const HEADER: usize = 16;
const REQUEST: usize = 56;

/// The bit of the state in which a socket listens (`TCP_LISTEN`).
const LISTEN: u32 = 1 << 10;

/// What the kernel sends at once at most, in bytes.
const BUFFER: usize = 32 * 1024;

/// All TCP sockets that listen.
pub fn listening() -> io::Result<Vec<Socket>> {
    let mut found = dump(libc::AF_INET)?;
    found.extend(dump(libc::AF_INET6)?);
    Ok(found)
}

fn dump(family: i32) -> io::Result<Vec<Socket>> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC;
    // SAFETY: takes only numbers.
    let fd = unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_INET_DIAG) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just created the descriptor for this process, and nothing else uses it.
    let mut socket = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    socket.write_all(&request(family))?;
    let (mut found, mut buffer) = (Vec::new(), vec![0; BUFFER]);
    loop {
        let count = socket.read(&mut buffer)?;
        if read_messages(buffer.get(..count).unwrap_or_default(), &mut found)? {
            return Ok(found);
        }
    }
}

fn request(family: i32) -> Vec<u8> {
    let length = u32::try_from(HEADER + REQUEST).unwrap_or_default();
    let flags = u16::try_from(libc::NLM_F_REQUEST | libc::NLM_F_DUMP).unwrap_or_default();
    let mut bytes = Vec::with_capacity(HEADER + REQUEST);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend([0; 8]);
    // The family, the protocol and the details that are wanted, which are none.
    bytes.extend([family.to_le_bytes()[0], libc::IPPROTO_TCP.to_le_bytes()[0], 0, 0]);
    bytes.extend(LISTEN.to_ne_bytes());
    bytes.resize(HEADER + REQUEST, 0);
    bytes
}

/// Reads the messages of one answer; `true` after the last one.
fn read_messages(mut bytes: &[u8], found: &mut Vec<Socket>) -> io::Result<bool> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    while bytes.len() >= HEADER {
        let length = usize::try_from(u32_at(bytes, 0).ok_or_else(invalid)?).map_err(|_| invalid())?;
        let kind = u16_at(bytes, 4).map(i32::from).ok_or_else(invalid)?;
        let body = bytes.get(HEADER..length).ok_or_else(invalid)?;
        match kind {
            libc::NLMSG_DONE => return Ok(true),
            libc::NLMSG_ERROR => {
                let code = u32_at(body, 0).map_or(libc::EIO, u32::cast_signed);
                return Err(io::Error::from_raw_os_error(-code));
            }
            _ => found.extend(socket(body)),
        }
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

/// An `inet_diag_msg`: the family, then from byte 4 on the ports and addresses in network order, and the inode at byte 68.
fn socket(body: &[u8]) -> Option<Socket> {
    let port = u16::from_be_bytes(body.get(4..6)?.try_into().ok()?);
    let address: IpAddr = match i32::from(*body.first()?) {
        libc::AF_INET => Ipv4Addr::from(<[u8; 4]>::try_from(body.get(8..12)?).ok()?).into(),
        libc::AF_INET6 => Ipv6Addr::from(<[u8; 16]>::try_from(body.get(8..24)?).ok()?).into(),
        _ => return None,
    };
    Some(Socket { port, address, inode: u32_at(body, 68)?.into() })
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(offset..offset + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(offset..offset + 4)?.try_into().ok()?))
}
