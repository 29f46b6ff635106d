//! Ids of sandboxes.

use std::{fmt, sync::Arc};

use crate::error::{Error, Result};

/// The longest id, in characters.
const MAX_LENGTH: usize = 128;

/// The id of a sandbox: 1 to 128 characters of `A-Z a-z 0-9 . _ -` that do not start with a dot. It is used unchanged
/// as the name of a directory, so two ids never share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SandboxId(Arc<str>);

impl SandboxId {
    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SandboxId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if (1..=MAX_LENGTH).contains(&text.len()) && !text.starts_with('.') && text.bytes().all(allowed) {
            return Ok(Self(text.into()));
        }
        Err(Error::invalid(
            "id",
            "a sandbox id is 1 to 128 characters of A-Z a-z 0-9 . _ - and must not start with a dot",
        ))
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_be_any_name_that_is_safe_as_a_file_name() {
        for id in ["a", "conv-1", "-rf", "_x", "A.b", "con", "__proto__", "constructor", "0", "trailing."] {
            assert_eq!(SandboxId::try_from(id.to_owned()).unwrap().as_str(), id);
        }
        assert!(SandboxId::try_from("x".repeat(128)).is_ok());
    }

    #[test]
    fn anything_else_is_rejected() {
        let hostile = [
            "",
            " ",
            ".",
            "..",
            "../x",
            "/etc",
            "a/b",
            "a\\b",
            "a%2fb",
            "a\0b",
            ".hidden",
            "a b",
            "a ",
            "é",
            "e\u{301}",
            "\u{202e}x",
            "a:b",
            "a\nb",
        ];
        for id in hostile {
            assert!(SandboxId::try_from(id.to_owned()).is_err(), "{id:?}");
        }
        for length in [129, 300, 10_000_000] {
            assert!(SandboxId::try_from("x".repeat(length)).is_err());
        }
    }
}
