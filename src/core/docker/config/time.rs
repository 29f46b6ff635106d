use crate::error::{Error, Result};

/// How many units a millisecond has.
pub const NANOSECONDS: f64 = 1e6;
pub const SECONDS: f64 = 1e-3;

/// The longest time, in milliseconds: 24 hours.
const LONGEST: f64 = 86_400_000.0;

/// Converts milliseconds to another unit, rounded up. The engine takes 0 for its own default, and at least a millisecond.
pub fn milliseconds(option: &'static str, field: &str, given: Option<f64>, unit: f64) -> Result<Option<u64>> {
    let Some(given) = given else { return Ok(None) };
    if !(1.0..=LONGEST).contains(&given) {
        let message = format!("{field} must be from 1 to {LONGEST} ms, not {given}");
        return Err(Error::invalid(option, message));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a day")]
    Ok(Some((given * unit).ceil() as u64))
}
