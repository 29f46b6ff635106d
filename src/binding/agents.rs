use cofferdam_core::agent::binary::AgentBinary;

/// The agents that `build.rs` built.
static AGENTS: &[AgentBinary] = include!(concat!(env!("OUT_DIR"), "/agents.rs"));

/// The agents that this addon carries.
pub fn agents() -> Vec<AgentBinary> {
    AGENTS.to_vec()
}
