use std::{env, fs};

use cofferdam_core::link::binary::AgentBinary;
use once_cell::sync::Lazy;

/// The agents that `build.rs` built.
static BUILT: &[AgentBinary] = include!(concat!(env!("OUT_DIR"), "/agents.rs"));

/// For those who work on the agent: the file that this environment variable names takes the place of the
/// built-in agent for the host's architecture.
const OVERRIDE: &str = "COFFERDAM_AGENT";

static AGENTS: Lazy<Vec<AgentBinary>> = Lazy::new(|| {
    let mut agents = BUILT.to_vec();
    if let Some(bytes) = env::var_os(OVERRIDE).and_then(|path| fs::read(path).ok()) {
        agents.retain(|agent| agent.architecture != env::consts::ARCH);
        // Once a process, and needed until it ends.
        agents.push(AgentBinary { architecture: env::consts::ARCH, bytes: bytes.leak() });
    }
    agents
});

/// The agents that this addon carries.
pub fn agents() -> Vec<AgentBinary> {
    AGENTS.clone()
}
