use std::fmt;

use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::error::{Error, Result};

/// A point in time, exact to the nanosecond. As text it has the form that the engine takes: seconds since 1970 with nine decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(OffsetDateTime);

impl Moment {
    /// From seconds since 1970, which as a number are exact to about a microsecond.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the option.
    pub fn from_seconds(option: &'static str, seconds: f64) -> Result<Self> {
        let epoch = OffsetDateTime::UNIX_EPOCH;
        let since = Duration::checked_seconds_f64(seconds).and_then(|since| epoch.checked_add(since));
        since.filter(|moment| *moment >= epoch).map(Self).ok_or_else(|| wrong(option, &seconds.to_string()))
    }

    /// From the engine's form of a time, RFC 3339.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, naming the option.
    pub fn parse(option: &'static str, text: &str) -> Result<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok();
        let parsed = parsed.filter(|moment| *moment >= OffsetDateTime::UNIX_EPOCH);
        parsed.map(Self).ok_or_else(|| wrong(option, &format!("{text:?}")))
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + Duration::NANOSECOND)
    }
}

fn wrong(option: &'static str, given: &str) -> Error {
    let message =
        format!("{option} must be a time since 1970, such as '2026-01-31T12:00:00.123456789Z', not {given}");
    Error::invalid(option, message)
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0.unix_timestamp(), self.0.nanosecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_nanosecond_is_lost() {
        for (text, expected) in [
            ("2026-01-31T12:00:00.123456789Z", "1769860800.123456789"),
            ("2026-01-31T13:00:00.000000001+01:00", "1769860800.000000001"),
            ("1970-01-01T00:00:00Z", "0.000000000"),
        ] {
            assert_eq!(Moment::parse("since", text).unwrap().to_string(), expected);
        }
        let last = Moment::parse("since", "2026-01-31T12:00:00.999999999Z").unwrap();
        assert_eq!(last.next().to_string(), "1769860801.000000000");
        assert_eq!(Moment::from_seconds("since", 1.5).unwrap().to_string(), "1.500000000");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-01-31", "1969-12-31T23:59:59Z", "2026-01-31T12:00:00"] {
            assert!(Moment::parse("since", text).is_err(), "{text}");
        }
        for seconds in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
            assert!(Moment::from_seconds("since", seconds).is_err(), "{seconds}");
        }
    }
}
