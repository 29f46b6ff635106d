//! Sizes in bytes, as people write them.

use crate::error::{Error, Result};

/// Parses a size: a whole number of bytes, or a number with `k`, `m`, `g` or `t` (powers of 1024), optionally followed by `b` or
/// `ib`. `1.5g` is allowed; parts of a byte are dropped.
///
/// # Errors
/// `INVALID_ARGUMENT` with the option's name.
pub fn parse(option: &'static str, text: &str) -> Result<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let shift = match unit {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        "t" | "tb" | "tib" => Some(40),
        _ => None,
    };
    shift.and_then(|shift| scaled(number, shift)).ok_or_else(|| {
        Error::invalid(
            option,
            format!("{option} must be a size such as 1048576, '512m' or '1.5g', not {text:?}"),
        )
    })
}

/// A decimal number times a power of two; `None` if it is too large, or a part of a byte.
fn scaled(number: &str, shift: u32) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // Up to nine decimals: far below a byte of any unit that people write decimals for.
    if fraction.is_empty() || fraction.len() > 9 || (shift == 0 && number.contains('.')) {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(1 << shift)?;
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let part = u128::from(fraction.parse::<u64>().ok()?) * (1 << shift) / u128::from(scale);
    whole.checked_add(u64::try_from(part).ok()?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in [
            ("0", 0),
            ("1024", 1024),
            ("512m", 512 << 20),
            ("1G", 1 << 30),
            ("2KiB", 2048),
            ("3b", 3),
            ("1.5g", 3 << 29),
            ("0.5m", 1 << 19),
        ] {
            assert_eq!(parse("memory", text).unwrap(), bytes);
        }
    }

    #[test]
    fn invalid_sizes_are_rejected() {
        for text in [
            "",
            "m",
            "-1",
            "1.5",
            "1.g",
            ".5g",
            "1.2.3g",
            "1.5b",
            "1.0000000001g",
            "1x",
            "99999999999999999999",
            "99999999999t",
            "0x10",
        ] {
            assert!(parse("memory", text).is_err(), "{text}");
        }
    }
}
