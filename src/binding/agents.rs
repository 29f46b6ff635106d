use std::{env, fs};

use cofferdam_core::link::binary::AgentBinary;
use once_cell::sync::Lazy;

/// The agents built by `build.rs`.
static BUILT: &[AgentBinary] = include!(concat!(env!("OUT_DIR"), "/agents.rs"));

/// An environment variable for work on the agent: the path of a file that replaces the built-in agent for this machine's
/// architecture.
const OVERRIDE: &str = "COFFERDAM_AGENT";

static AGENTS: Lazy<Vec<AgentBinary>> = Lazy::new(|| {
    let mut agents = BUILT.to_vec();
    if let Some(bytes) = env::var_os(OVERRIDE).and_then(|path| fs::read(path).ok()) {
        agents.retain(|agent| agent.architecture != env::consts::ARCH);
        // Leaked once, and needed as long as the process lives.
        agents.push(AgentBinary { architecture: env::consts::ARCH, bytes: bytes.leak() });
    }
    agents
});

/// The agents that this addon contains.
pub fn agents() -> Vec<AgentBinary> {
    AGENTS.clone()
}
