//! The sockets that listen.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::diag;

/// The state of a socket that listens, in `/proc/net/tcp`.
const LISTEN: &str = "0A";

/// A socket that listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket {
    /// Its port.
    pub port: u16,
    /// The address that it is bound to.
    pub address: IpAddr,
    /// The number that descriptors of it have.
    pub inode: u64,
}

/// All TCP sockets that listen, sorted.
pub fn listening() -> Vec<Socket> {
    let mut found = diag::listening().unwrap_or_else(|_| listed());
    found.sort_unstable();
    found
}

/// The sockets that `/proc/net` lists. To print these tables, the kernel walks all sockets of the machine: 20 ms on one with
/// much memory, whatever the container has.
fn listed() -> Vec<Socket> {
    let mut found = Vec::new();
    // Without IPv6, the second one is missing.
    for path in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        found.extend(fs::read_to_string(path).unwrap_or_default().lines().filter_map(parse));
    }
    found
}

/// A line such as `0: 0100007F:1F90 00000000:0000 0A … uid timeout inode …`, if its socket listens.
fn parse(line: &str) -> Option<Socket> {
    let mut fields = line.split_whitespace();
    let (address, port) = fields.nth(1)?.split_once(':')?;
    (fields.nth(1)? == LISTEN).then_some(())?;
    Some(Socket {
        port: u16::from_str_radix(port, 16).ok()?,
        address: parse_address(address)?,
        inode: fields.nth(5)?.parse().ok()?,
    })
}

/// An address as the kernel prints it: 32-bit words in hexadecimal, each in the byte order of the machine.
fn parse_address(text: &str) -> Option<IpAddr> {
    let word = |index: usize| {
        let digits = text.get(8 * index..8 * (index + 1))?;
        u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
    };
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let bytes = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sources_find_a_socket() {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let is_ours = |socket: &&Socket| socket.port == port && socket.address == Ipv4Addr::LOCALHOST;
        let found = listed().iter().find(is_ours).copied().unwrap();
        // Some kernels lack the diagnosis of sockets.
        if let Ok(diagnosed) = diag::listening() {
            assert_eq!(diagnosed.iter().find(is_ours), Some(&found));
        }
    }

    #[test]
    fn sockets_that_listen_are_found_in_a_table() {
        let v4 = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0 100 0";
        let v6 = "   1: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1";
        assert_eq!(parse(v4), Some(Socket { port: 8080, address: Ipv4Addr::LOCALHOST.into(), inode: 12345 }));
        assert_eq!(parse(v6), Some(Socket { port: 80, address: Ipv6Addr::LOCALHOST.into(), inode: 77 }));
        assert_eq!(parse(&v4.replace(" 0A ", " 01 ")), None);
        for line in ["", "  sl  local_address rem_address   st tx_queue", "0: zz:1F90 0:0 0A"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
