//! The name servers that the engine asks for its containers.

use std::{collections::BTreeSet, fs, net::Ipv4Addr};

/// The files that engines take their name servers from. They use the second one if the first names only systemd's resolver.
const FILES: [&str; 2] = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];

/// The name servers of this machine that containers can reach.
pub fn resolvers() -> Vec<Ipv4Addr> {
    let found = FILES.iter().filter_map(|file| fs::read_to_string(file).ok());
    let found: BTreeSet<Ipv4Addr> = found.flat_map(|text| servers(&text)).collect();
    found.into_iter().collect()
}

/// Those at loopback addresses are asked by the engine itself.
fn servers(text: &str) -> Vec<Ipv4Addr> {
    let mut servers = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let (Some("nameserver"), Some(address)) = (words.next(), words.next())
            && let Ok(address) = address.parse::<Ipv4Addr>()
            && !address.is_loopback()
        {
            servers.push(address);
        }
    }
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_servers_are_read() {
        let text = "# nameserver 192.0.2.1\nsearch example\nnameserver 127.0.0.53\nnameserver 169.254.169.254\n\tnameserver  192.0.2.2 \nnameserver fd00::1\nnameserver\n";
        assert_eq!(servers(text), [Ipv4Addr::new(169, 254, 169, 254), Ipv4Addr::new(192, 0, 2, 2)]);
    }
}
