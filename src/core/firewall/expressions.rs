//! The steps of a rule, as the kernel takes them. Each one loads a value, compares it, or decides about the packet.

use std::net::Ipv4Addr;

use super::{addresses::Prefix, message::Attributes};

/// The register for decisions, and the one for values.
const VERDICT: u32 = 0;
const VALUE: u32 = 1;

/// Where in a packet.
const NETWORK: u32 = 1;
const TRANSPORT: u32 = 2;

/// What to compare for.
#[derive(Debug, Clone, Copy)]
pub enum Compare {
    Equal = 0,
    Different = 1,
}

/// What becomes of a packet that matches a rule.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    Drop,
    Accept,
    /// Go on in this chain.
    Goto(&'static str),
}

/// One step.
pub type Step = Attributes;

fn step(name: &str, data: &Attributes) -> Step {
    Attributes::default().name(1, name).nested(2, data)
}

fn compare(how: Compare, value: &[u8]) -> Step {
    let data = Attributes::default().bytes(1, value);
    step("cmp", &Attributes::default().number(1, VALUE).number(2, how as u32).nested(3, &data))
}

fn mask(mask: &[u8]) -> Step {
    let length = u32::try_from(mask.len()).unwrap_or(0);
    let (and, xor) =
        (Attributes::default().bytes(1, mask), Attributes::default().bytes(1, &vec![0; mask.len()]));
    let data = Attributes::default().number(1, VALUE).number(2, VALUE).number(3, length);
    step("bitwise", &data.nested(4, &and).nested(5, &xor))
}

fn meta(key: u32) -> Step {
    step("meta", &Attributes::default().number(1, VALUE).number(2, key))
}

fn payload(base: u32, offset: u32, length: u32) -> Step {
    let data = Attributes::default().number(1, VALUE).number(2, base).number(3, offset).number(4, length);
    step("payload", &data)
}

/// The packet came in, or did not, on an interface whose name begins like this.
pub fn came_in_on(how: Compare, prefix: &str) -> Vec<Step> {
    vec![meta(6), compare(how, prefix.as_bytes())]
}

/// The packet is not IPv4.
pub fn is_not_ipv4() -> Vec<Step> {
    vec![meta(15), compare(Compare::Different, &[2])]
}

/// The packet is for one of these addresses.
pub fn is_for(prefix: Prefix) -> Vec<Step> {
    let address = compare(Compare::Equal, &prefix.address.octets());
    vec![payload(NETWORK, 16, 4), mask(&prefix.mask()), address]
}

/// The packet is for this port; `protocol` is 6 for TCP, 17 for UDP.
pub fn is_for_port(address: Ipv4Addr, protocol: u8, port: u16) -> Vec<Step> {
    let is_for_address = is_for(Prefix { address, bits: 32 });
    let protocol = [meta(16), compare(Compare::Equal, &[protocol])];
    let port = [payload(TRANSPORT, 2, 2), compare(Compare::Equal, &port.to_be_bytes())];
    [is_for_address, protocol.to_vec(), port.to_vec()].concat()
}

/// The kernel would deliver the packet on this machine: the address is one of its own, a broadcast or a multicast.
pub fn is_for_this_machine() -> Vec<Step> {
    const UNICAST: u32 = 1;
    // The type of the destination's address.
    let kind = step("fib", &Attributes::default().number(1, VALUE).number(2, 3).number(3, 2));
    vec![kind, compare(Compare::Different, &UNICAST.to_ne_bytes())]
}

/// The connection is in one of these states.
pub fn is_in_state(states: u32) -> Vec<Step> {
    let state = step("ct", &Attributes::default().number(1, VALUE).number(2, 0));
    vec![state, mask(&states.to_ne_bytes()), compare(Compare::Different, &[0; 4])]
}

/// The connection is one of more than `most` at once from its source. `set` counts them.
pub fn is_over(most: u32, set: &str) -> Vec<Step> {
    const OVER: u32 = 1;
    let counter = step("connlimit", &Attributes::default().number(1, most).number(2, OVER));
    let count =
        Attributes::default().name(1, set).number(2, 1).number(3, 0).number(4, VALUE).nested(7, &counter);
    vec![payload(NETWORK, 12, 4), step("dynset", &count)]
}

/// The decision.
pub fn decide(verdict: Verdict) -> Vec<Step> {
    // NF_DROP, NF_ACCEPT, NFT_GOTO.
    let code = match verdict {
        Verdict::Drop => Attributes::default().number(1, 0),
        Verdict::Accept => Attributes::default().number(1, 1),
        Verdict::Goto(chain) => Attributes::default().number(1, (-4_i32).cast_unsigned()).name(2, chain),
    };
    let data = Attributes::default().nested(2, &code);
    vec![step("immediate", &Attributes::default().number(1, VERDICT).nested(2, &data))]
}
