//! Environment variables of commands.

use crate::error::{Error, Result};

/// Rejects environment variables that no process can have.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the variable.
pub fn validate_environment<'a>(variables: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    for (name, value) in variables {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            let message = format!(
                "env: the name {name:?} must not be empty or contain = or NUL, and its value must not contain NUL"
            );
            return Err(Error::invalid("env", message));
        }
    }
    Ok(())
}
