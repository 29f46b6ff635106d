//! Facts that are determined once.

use once_cell::sync::OnceCell;

/// A fact about the engine and this machine, determined on first use.
#[derive(Debug, Default)]
pub struct Fact(OnceCell<bool>);

impl Fact {
    /// Whether it is known to be true.
    pub fn is_true(&self) -> bool {
        self.0.get() == Some(&true)
    }

    /// Whether it is known to be false.
    pub fn is_false(&self) -> bool {
        self.0.get() == Some(&false)
    }

    /// Whether it is known.
    pub fn is_known(&self) -> bool {
        self.0.get().is_some()
    }

    /// Records what was found out. The first answer stays.
    pub fn learn(&self, holds: bool) {
        let _ = self.0.set(holds);
    }
}

/// What was learned about the engine and the data directory.
#[derive(Debug, Default)]
pub struct Learned {
    /// Whether the engine sees the data directory.
    pub shares_directory: Fact,
    /// Whether the engine sees file systems that this process mounts there.
    pub shares_disks: Fact,
    /// Whether an engine that takes seccomp profiles only as files can open ours.
    pub opens_profiles: Fact,
}
