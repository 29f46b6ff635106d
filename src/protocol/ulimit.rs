//! Limits of each process, as the host gives them to the agent.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The limits that a sandbox may be given. Those on priorities are missing: with them, a command could starve the machine.
pub const NAMES: [&str; 13] = [
    "as",
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nofile",
    "nproc",
    "rss",
    "sigpending",
    "stack",
];

/// What stands for no limit.
pub const UNLIMITED: i64 = -1;

/// A soft and a hard limit, or [`UNLIMITED`]. Its text is `SOFT:HARD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ulimit {
    /// What a process is held to; it may raise it.
    pub soft: i64,
    /// How far it may raise it.
    pub hard: i64,
}

impl Ulimit {
    /// Whether both are limits, and the soft one is not above the hard one.
    #[must_use]
    pub fn is_valid(self) -> bool {
        let is_below = self.hard == UNLIMITED || (self.soft != UNLIMITED && self.soft <= self.hard);
        self.soft >= UNLIMITED && self.hard >= UNLIMITED && is_below
    }
}

impl fmt::Display for Ulimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.soft, self.hard)
    }
}

impl FromStr for Ulimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let both = text.split_once(':').and_then(|(soft, hard)| soft.parse().ok().zip(hard.parse().ok()));
        let limit = both.map(|(soft, hard)| Self { soft, hard });
        limit.filter(|limit| limit.is_valid()).ok_or("a limit must be SOFT:HARD")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_survives_as_text() {
        for (soft, hard) in [(0, 0), (1024, 4096), (5, -1), (-1, -1)] {
            let limit = Ulimit { soft, hard };
            assert_eq!(limit.to_string().parse(), Ok(limit));
        }
        for text in ["", "1", "2:1", "-1:1", "-2:1", "1:-2", "a:b", "1:2:3"] {
            assert!(text.parse::<Ulimit>().is_err(), "{text}");
        }
    }
}
