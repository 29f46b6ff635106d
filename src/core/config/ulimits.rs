//! Limits of each process.

use std::collections::BTreeMap;

use cofferdam_protocol::ulimit::{NAMES, Ulimit};

use crate::error::{Error, Result};

/// Rejects unknown limits, and values that no limit can have.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the limit.
pub fn validate(ulimits: &BTreeMap<String, Ulimit>) -> Result<()> {
    for (name, limit) in ulimits {
        if !NAMES.contains(&name.as_str()) {
            let message = format!("ulimits: {name:?} is not one of {}", NAMES.join(", "));
            return Err(Error::invalid("ulimits", message));
        }
        if !limit.is_valid() {
            let message = format!(
                "ulimits.{name} must be a whole number, -1 for unlimited, or {{ soft, hard }} with soft not above hard"
            );
            return Err(Error::invalid("ulimits", message));
        }
    }
    Ok(())
}
