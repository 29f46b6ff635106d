//! Why a command did not start, as reported by the child to the agent.

use cofferdam_protocol::process::Stage;
use nix::errno::Errno;

/// What failed, and how.
pub type SpawnError = (Stage, Errno);

/// The size of an encoded error, in bytes. A pipe takes it as a whole or not at all.
pub const LENGTH: usize = 5;

const STAGES: [Stage; 8] = [
    Stage::Arguments,
    Stage::Fork,
    Stage::Identity,
    Stage::WorkingDirectory,
    Stage::Execute,
    Stage::Interpreter,
    Stage::Terminal,
    Stage::Log,
];

/// The stage, then the error number.
pub fn encode((stage, errno): SpawnError) -> [u8; LENGTH] {
    let [a, b, c, d] = (errno as i32).to_le_bytes();
    [stage as u8, a, b, c, d]
}

/// Reads what [`encode`] wrote; `None` for anything else, including no bytes at all.
pub fn decode(bytes: &[u8]) -> Option<SpawnError> {
    let [stage, a, b, c, d] = *bytes.as_array()?;
    let stage = STAGES.into_iter().find(|known| *known as u8 == stage)?;
    Some((stage, Errno::from_raw(i32::from_le_bytes([a, b, c, d]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_pipe() {
        for stage in STAGES {
            assert_eq!(decode(&encode((stage, Errno::ENOENT))), Some((stage, Errno::ENOENT)));
        }
        assert_eq!(decode(b""), None);
        assert_eq!(decode(&[250, 0, 0, 0, 0]), None);
    }
}
