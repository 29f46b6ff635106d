use std::time::Duration;

/// Milliseconds, rounded to microseconds: further digits are noise.
pub fn in_milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
