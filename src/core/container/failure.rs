use crate::error::Error;

/// Why an attempt to bring a container up failed.
pub enum Failure {
    /// Trying again would not help.
    Final(Error),
    /// Whatever was wrong may be gone: another attempt follows, unless there were too many.
    Again(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}
