use std::collections::BTreeMap;

use crate::error::{Error, Result};

/// Checks that a path is absolute.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the option.
pub fn absolute<'a>(option: &'static str, path: Option<&'a str>) -> Result<Option<&'a str>> {
    match path {
        Some(path) if !path.starts_with('/') || path.contains('\0') => {
            Err(Error::invalid(option, format!("{option} must be an absolute path, not {path:?}")))
        }
        path => Ok(path),
    }
}

/// Checks the names and values of environment variables.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn environment(env: &BTreeMap<String, String>) -> Result<()> {
    let entries = env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    crate::config::environment::validate_environment(entries)
}
