//! Where clouds serve what a machine may know about itself, its credentials among it.

use std::net::Ipv4Addr;

/// Addresses with this many leading bits in common.
#[derive(Debug, Clone, Copy)]
pub struct Prefix {
    /// The first address.
    pub address: Ipv4Addr,
    /// How many bits all have in common.
    pub bits: u32,
}

/// The metadata addresses of clouds. Those in IPv6 (`fd00:ec2::254`, `fd20:ce::254`, `fe80::a9fe:a9fe`) need no place here: IPv6
/// is off on our networks, and the rules drop all of it.
pub const METADATA: [Prefix; 4] = [
    // All link-local addresses. 169.254.169.254: AWS, Google, Azure, Oracle, DigitalOcean, Hetzner, OpenStack and others;
    // 169.254.170.2 and 169.254.170.23: roles of ECS tasks and EKS pods; 169.254.42.42: Scaleway; 169.254.0.23: Tencent.
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
    prefix([169, 254, 0, 0], 16),
    // https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
    prefix([100, 100, 100, 200], 32),
    // Oracle Cloud Infrastructure Classic.
    prefix([192, 0, 0, 192], 32),
    // https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    prefix([168, 63, 129, 16], 32),
];

const fn prefix([a, b, c, d]: [u8; 4], bits: u32) -> Prefix {
    Prefix { address: Ipv4Addr::new(a, b, c, d), bits }
}

impl Prefix {
    /// The bits that all have in common, as a mask.
    pub fn mask(self) -> [u8; 4] {
        u32::MAX.checked_shl(32 - self.bits).unwrap_or(0).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_have_their_bits_in_front() {
        assert_eq!(prefix([0; 4], 16).mask(), [255, 255, 0, 0]);
        assert_eq!(prefix([0; 4], 32).mask(), [255; 4]);
        assert_eq!(prefix([0; 4], 0).mask(), [0; 4]);
    }
}
