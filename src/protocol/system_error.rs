use serde::{Deserialize, Serialize};

/// An error of the sandbox's kernel, in words: its numbers are not those of every host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemError {
    /// The name in `errno.h`, such as `ENOENT`.
    pub name: String,
    /// What it means.
    pub message: String,
}
