use serde::{Deserialize, Serialize};

/// An error of the sandbox's kernel. It carries no number, because numbers differ between systems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemError {
    /// The name in `errno.h`, such as `ENOENT`.
    pub name: String,
    /// A description.
    pub message: String,
}
