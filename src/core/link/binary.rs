//! The agent's executables.

use sha2::{Digest, Sha256};

use crate::hex::hex;

/// The agent's executable for one architecture.
#[derive(Debug, Clone)]
pub struct AgentBinary {
    /// The architecture as the engine names it: `x86_64` or `aarch64`.
    pub architecture: &'static str,
    /// The static binary.
    pub bytes: &'static [u8],
}

impl AgentBinary {
    /// Identifies this build of the agent: the first 12 hexadecimal digits of its SHA-256.
    #[must_use]
    pub fn build(&self) -> String {
        hex(Sha256::digest(self.bytes).into_iter().take(6))
    }
}
