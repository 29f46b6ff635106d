//! Paths in a sandbox, as callers name them: relative to the workspace, or absolute in the container.

use cofferdam_protocol::layout::WORKSPACE;

use crate::error::{Error, Result};

/// The longest path that Linux takes, in bytes, without the terminating NUL.
const MAX_PATH: usize = 4095;

/// Rejects a string that cannot be a path.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn validate_path(path: &str) -> Result<()> {
    validate_bytes("path", path.as_bytes())
}

/// Rejects bytes that cannot be a path.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the argument.
pub fn validate_bytes(argument: &'static str, path: &[u8]) -> Result<()> {
    if path.is_empty() || path.len() > MAX_PATH || path.contains(&0) {
        let message = format!("{argument} must be 1 to {MAX_PATH} bytes long and must not contain NUL");
        return Err(Error::invalid(argument, message));
    }
    Ok(())
}

/// The path relative to the workspace for a path at or below `/workspace`; any other path unchanged.
#[must_use]
pub fn relative_to_workspace(path: &str) -> &str {
    match path.strip_prefix(WORKSPACE) {
        Some("") => ".",
        Some(rest) if rest.starts_with('/') => match rest.trim_start_matches('/') {
            "" => ".",
            rest => rest,
        },
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strings_that_can_be_paths_are_accepted() {
        for path in ["a", "/", ".", &"x".repeat(MAX_PATH)] {
            assert!(validate_path(path).is_ok());
        }
        for path in ["", "a\0b", &"x".repeat(MAX_PATH + 1)] {
            assert!(validate_path(path).is_err());
        }
    }

    #[test]
    fn paths_below_the_workspace_become_relative_to_it() {
        for (path, relative) in [
            ("/workspace", "."),
            ("/workspace/", "."),
            ("/workspace//a/b", "a/b"),
            ("a/b", "a/b"),
            ("/workspaces/a", "/workspaces/a"),
            ("/tmp", "/tmp"),
        ] {
            assert_eq!(relative_to_workspace(path), relative, "{path}");
        }
    }
}
