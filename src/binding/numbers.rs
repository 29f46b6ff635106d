//! Numbers and sizes as JavaScript passes them.

use std::time::Duration;

use cofferdam_core::{Error, Result, byte_size};
use napi::bindgen_prelude::Either;

/// A duration, given in milliseconds.
pub fn milliseconds(option: &'static str, value: f64) -> Result<Duration> {
    if value > 0.0
        && let Ok(duration) = milliseconds_or_none(option, value)
    {
        return Ok(duration);
    }
    Err(Error::invalid(option, format!("{option} must be a positive number of milliseconds, not {value}")))
}

/// A duration, given in milliseconds, which may be none at all.
pub fn milliseconds_or_none(option: &'static str, value: f64) -> Result<Duration> {
    // Longer ones don't fit a `Duration`, and no option allows them.
    const LONGEST: f64 = 1e15;
    if (0.0..LONGEST).contains(&value) {
        return Ok(Duration::from_secs_f64(value / 1e3));
    }
    Err(Error::invalid(
        option,
        format!("{option} must be 0 or a positive number of milliseconds, not {value}"),
    ))
}

/// A size in bytes, given as a number or as text such as `512m`.
pub fn size(option: &'static str, value: Either<f64, String>) -> Result<u64> {
    match value {
        Either::A(bytes) => {
            const LARGEST: f64 = 9_007_199_254_740_992.0;
            if !(0.0..LARGEST).contains(&bytes) || bytes.fract() != 0.0 {
                let message = format!(
                    "{option} must be a whole number of bytes or a string such as '512m', not {bytes}"
                );
                return Err(Error::invalid(option, message));
            }
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number below 2^53"
            )]
            Ok(bytes as u64)
        }
        Either::B(text) => byte_size::parse(option, &text),
    }
}

/// A whole number from 0 to 2^32 - 1.
pub fn whole(option: &'static str, value: f64) -> Result<u32> {
    if !(0.0..=f64::from(u32::MAX)).contains(&value) || value.fract() != 0.0 {
        return Err(Error::invalid(option, format!("{option} must be a whole number, not {value}")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of 32 bits")]
    Ok(value as u32)
}
