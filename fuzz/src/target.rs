//! The list of targets.

use crate::{memory, targets};

/// Something that takes hostile bytes.
pub struct Target {
    /// Its name, which is also that of its folder in the corpus.
    pub name: &'static str,
    /// Takes an input. Panics if something does not hold that must.
    pub check: fn(&[u8]),
    /// How much memory an input may take, in bytes: this much, and 64 bytes for each of its own.
    pub memory: usize,
    /// What inputs are made of.
    pub tokens: &'static [&'static [u8]],
    /// Valid inputs that are made by code because they are binary and follow the code's types.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const ALL: &[Target] = &[
    targets::agent_messages::TARGET,
    targets::archive::TARGET,
    targets::build_messages::TARGET,
    targets::docker_ignore::TARGET,
    targets::engine_answers::TARGET,
    targets::engine_streams::TARGET,
    targets::guest_paths::TARGET,
    targets::host_link::TARGET,
    targets::host_messages::TARGET,
    targets::host_operations::TARGET,
    targets::host_paths::TARGET,
    targets::log_frames::TARGET,
    targets::names::TARGET,
    targets::receiver::TARGET,
    targets::sizes::TARGET,
];

impl Target {
    /// Finds a target by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|target| target.name == name)
    }

    /// Checks one input, and how much memory it takes.
    pub fn take(&self, input: &[u8]) {
        let (peak, allowed) = (memory::peak_of(|| (self.check)(input)), self.memory + 64 * input.len());
        assert!(
            peak <= allowed,
            "an input of {} bytes took {peak} bytes, not {allowed} at most",
            input.len()
        );
    }
}
