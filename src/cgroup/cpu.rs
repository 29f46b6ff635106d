use std::time::Duration;

use crate::{
    Version,
    text::{entry, number},
};

/// Processor time used so far, of the text of [`File::CpuTime`](crate::File::CpuTime).
#[must_use]
pub fn cpu_time(version: Version, text: &str) -> Option<Duration> {
    match version {
        Version::V1 => number(text).map(Duration::from_nanos),
        Version::V2 => entry(text, "usage_usec").map(Duration::from_micros),
    }
}

/// For how long processes were kept from running, of the text of [`File::CpuThrottled`](crate::File::CpuThrottled).
#[must_use]
pub fn cpu_throttled(version: Version, text: &str) -> Option<Duration> {
    match version {
        Version::V1 => entry(text, "throttled_time").map(Duration::from_nanos),
        Version::V2 => entry(text, "throttled_usec").map(Duration::from_micros),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_counts_nanoseconds_and_v2_microseconds() {
        assert_eq!(cpu_time(Version::V1, "44238150\n"), Some(Duration::from_nanos(44_238_150)));
        let stat = "usage_usec 44238\nuser_usec 20108\nsystem_usec 24129\nnr_periods 12\nnr_throttled 3\n\
            throttled_usec 181405\n";
        assert_eq!(cpu_time(Version::V2, stat), Some(Duration::from_micros(44_238)));
        assert_eq!(cpu_time(Version::V2, ""), None);
        assert_eq!(cpu_throttled(Version::V2, stat), Some(Duration::from_micros(181_405)));
        let stat = "nr_periods 12\nnr_throttled 3\nthrottled_time 181405000\n";
        assert_eq!(cpu_throttled(Version::V1, stat), Some(Duration::from_micros(181_405)));
    }
}
