//! Subnets for the networks of tasks. The engine's own pools hold only about 26 networks.

use std::{fmt, fs, net::Ipv4Addr};

use crate::error::{Error, Result};

/// The pool: 4,096 subnets with room for 13 containers each.
const POOL: Subnet = Subnet { base: u32::from_be_bytes([10, 213, 0, 0]), prefix: 16 };

/// The prefix of a subnet of the pool.
const PREFIX: u32 = 28;

/// A range of IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    base: u32,
    prefix: u32,
}

impl Subnet {
    /// Parses a subnet such as `10.1.2.0/24`.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if it is invalid, has host bits set, or its prefix is not from 8 to 30.
    pub fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once('/').and_then(|(address, prefix)| {
            Some((
                u32::from(address.parse::<Ipv4Addr>().ok()?),
                prefix.parse::<u32>().ok().filter(|prefix| (8..=30).contains(prefix))?,
            ))
        });
        match parts.map(|(base, prefix)| Self { base, prefix }) {
            Some(subnet) if subnet.base & !subnet.mask() == 0 => Ok(subnet),
            _ => Err(Error::invalid(
                "subnet",
                format!("subnet must be a network such as 10.1.2.0/28, not {text:?}"),
            )),
        }
    }

    /// Parses a subnet in an engine's answer; `None` for IPv6.
    pub fn known(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let subnet =
            Self { base: u32::from(address.parse::<Ipv4Addr>().ok()?), prefix: prefix.parse().ok()? };
        (subnet.prefix <= 32).then(|| Self { base: subnet.base & subnet.mask(), ..subnet })
    }

    /// The first address, which is the host's.
    pub fn gateway(self) -> Ipv4Addr {
        Ipv4Addr::from(self.base + 1)
    }

    /// Whether both contain a common address.
    pub fn overlaps(self, other: Self) -> bool {
        let mask = self.mask() & other.mask();
        self.base & mask == other.base & mask
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0)
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

/// The unused subnets of the pool, beginning at number `start`. With a random start, two processes that choose at once
/// seldom choose the same.
pub fn free(used: &[Subnet], start: u32) -> impl Iterator<Item = Subnet> + '_ {
    const COUNT: u32 = 1 << (PREFIX - POOL.prefix);
    let at = move |index: u32| Subnet {
        base: POOL.base + ((start + index) % COUNT) * (1 << (32 - PREFIX)),
        prefix: PREFIX,
    };
    (0..COUNT).map(at).filter(|subnet| !used.iter().any(|other| other.overlaps(*subnet)))
}

/// The subnets that this machine has routes to, without default routes.
pub fn routes() -> Vec<Subnet> {
    fs::read_to_string("/proc/net/route").map(|text| parse_routes(&text)).unwrap_or_default()
}

/// `Iface Destination Gateway Flags RefCnt Use Metric Mask …`, addresses in hexadecimal with the bytes reversed.
fn parse_routes(text: &str) -> Vec<Subnet> {
    let of = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| u32::from_str_radix(words.get(index)?, 16).ok().map(u32::swap_bytes);
        let (base, mask) = (number(1)?, number(7)?);
        (mask != 0).then_some(Subnet { base, prefix: mask.leading_ones() })
    };
    text.lines().skip(1).filter_map(of).collect()
}

/// The interface that a routing table names for a subnet.
pub fn interface(routes: &str, subnet: Subnet) -> Option<&str> {
    let line = routes.lines().skip(1).find(|line| parse_routes(&format!("\n{line}")) == [subnet])?;
    line.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
        eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
        eth1\t0001D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0\n";

    #[test]
    fn subnets_are_parsed_and_written() {
        for text in ["10.1.2.0/24", "10.213.0.16/28", "172.16.0.0/12"] {
            assert_eq!(Subnet::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "10.1.2.1/24", "10.1.2.0", "10.1.2.0/33", "10.1.2.0/0", "::/64", "10.1.2.0/31"] {
            assert!(Subnet::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_engines_subnet_may_be_wrong() {
        assert_eq!(Subnet::known("10.1.2.3/32").unwrap().to_string(), "10.1.2.3/32");
        for text in ["10.1.2.3/33", "10.1.2.3/4294967295", "fd00::/64", "10.1.2.3"] {
            assert_eq!(Subnet::known(text), None, "{text}");
        }
    }

    #[test]
    fn used_subnets_are_skipped() {
        let used = [Subnet::parse("10.213.0.0/28").unwrap(), Subnet::parse("10.213.0.32/27").unwrap()];
        let given: Vec<String> = free(&used, 0).take(2).map(|subnet| subnet.to_string()).collect();
        assert_eq!(given, ["10.213.0.16/28", "10.213.0.64/28"]);
        assert_eq!(free(&used, 4095).next().unwrap().to_string(), "10.213.255.240/28");
        assert_eq!(free(&[Subnet::known("10.0.0.0/8").unwrap()], 7).count(), 0);
        assert_eq!(free(&[], 9).count(), 4096);
    }

    #[test]
    fn the_kernels_routing_table_is_parsed() {
        assert_eq!(parse_routes(ROUTES), [Subnet::parse("10.213.1.0/28").unwrap()]);
        assert_eq!(interface(ROUTES, Subnet::parse("10.213.1.0/28").unwrap()), Some("eth1"));
        assert_eq!(interface(ROUTES, Subnet::parse("10.213.2.0/28").unwrap()), None);
    }
}
