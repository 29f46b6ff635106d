//! Sizes in bytes, as people write them.

use crate::error::{Error, Result};

/// Parses a size: a whole number of bytes, or one with `k`, `m`, `g` or `t` (powers of 1024), optionally followed by `b` or `ib`.
///
/// # Errors
/// `INVALID_ARGUMENT` with the option's name.
pub fn parse(option: &'static str, text: &str) -> Result<u64> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let (number, unit) = lower.split_at(digits);
    let shift = match unit {
        "" | "b" => Some(0),
        "k" | "kb" | "kib" => Some(10),
        "m" | "mb" | "mib" => Some(20),
        "g" | "gb" | "gib" => Some(30),
        "t" | "tb" | "tib" => Some(40),
        _ => None,
    };
    shift
        .zip(number.parse::<u64>().ok())
        .and_then(|(shift, number)| number.checked_mul(1 << shift))
        .ok_or_else(|| {
            Error::invalid(
                option,
                format!("{option} must be a size such as 1048576, '512m' or '1g', not {text:?}"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_are_powers_of_1024() {
        for (text, bytes) in
            [("0", 0), ("1024", 1024), ("512m", 512 << 20), ("1G", 1 << 30), ("2KiB", 2048), ("3b", 3)]
        {
            assert_eq!(parse("memory", text).unwrap(), bytes);
        }
    }

    #[test]
    fn invalid_sizes_are_rejected() {
        for text in ["", "m", "-1", "1.5g", "1x", "99999999999999999999", "99999999999t", "0x10"] {
            assert!(parse("memory", text).is_err(), "{text}");
        }
    }
}
