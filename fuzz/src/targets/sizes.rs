use cofferdam_core::{
    byte_size,
    fuzzing::{free_subnets, subnet},
};

use crate::target::Target;

/// Sizes in bytes, and subnets, as people write them.
pub const TARGET: Target = Target { name: "sizes", check, memory: 4 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"18446744073709551615",
    b"18446744073709551616",
    b"16777216t",
    b"k",
    b"KiB",
    b"gb",
    b" ",
    b"+",
    b"-",
    b"0x",
    b"10.213.0.0/16",
    b"/28",
    b"255.255.255.255/32",
    b"/0",
    b"0.0.0.0",
    b".",
    "\u{212a}".as_bytes(),
    "\u{660}".as_bytes(),
];

fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parsed = byte_size::parse("memory", &text).ok();
    assert_eq!(parsed, expected(&text), "{text:?}");
    if let Some(bytes) = parsed {
        assert_eq!(byte_size::parse("memory", &bytes.to_string()).ok(), Some(bytes));
    }
    if let Some(written) = subnet(&text) {
        assert_eq!(subnet(&written).as_ref(), Some(&written), "a subnet changes when it is written");
    }
    let lines: Vec<&str> = text.lines().take(8).collect();
    for free in &free_subnets(&lines, u32::try_from(input.len()).unwrap_or_default()) {
        assert!(subnet(free).is_some(), "{free} is no subnet");
        assert!(!lines.contains(&free.as_str()), "{free} is used");
    }
}

/// The size by arithmetic that cannot overflow: all digits as one number, and a power of ten to divide it by.
fn expected(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let end = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, unit) = (text.get(..end)?, text.get(end..)?);
    let power = ["", "k", "m", "g", "t"].iter().position(|letter| match unit.strip_prefix(letter) {
        Some("b" | "") => true,
        Some("ib") => !letter.is_empty(),
        _ => false,
    })?;
    let (digits, decimals) = match number.split_once('.') {
        Some((_, decimals)) if power == 0 || !(1..=9).contains(&decimals.len()) => return None,
        Some((digits, decimals)) => (digits, decimals),
        None => (number, ""),
    };
    if digits.is_empty() || decimals.contains('.') || digits.trim_start_matches('0').len() > 20 {
        return None;
    }
    let all = digits.bytes().chain(decimals.bytes());
    let number = all.fold(0, |sum: u128, digit| (sum * 10 + u128::from(digit - b'0')).min(1 << 87));
    let scale = 10_u128.pow(u32::try_from(decimals.len()).ok()?);
    if number == 1 << 87 {
        return None;
    }
    u64::try_from(number * (1 << (10 * power)) / scale).ok()
}
