use cofferdam_protocol::copy::{Copied, Limits, Reason};

/// How much of its limits a tree has used.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    used: Copied,
}

impl Budget {
    /// Starts with nothing used.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, used: Copied::default() }
    }

    /// How much is used.
    #[must_use]
    pub fn used(&self) -> Copied {
        self.used
    }

    /// Counts one more entry.
    ///
    /// # Errors
    /// [`Reason::TooMany`] past the limit.
    pub fn entry(&mut self) -> Result<(), Reason> {
        self.used.entries += 1;
        if self.used.entries > self.limits.entries { Err(Reason::TooMany) } else { Ok(()) }
    }

    /// Counts `size` more bytes.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] past the limit.
    pub fn bytes(&mut self, size: u64) -> Result<(), Reason> {
        self.used.bytes = self.used.bytes.saturating_add(size);
        if self.used.bytes > self.limits.bytes { Err(Reason::TooLarge) } else { Ok(()) }
    }
}
