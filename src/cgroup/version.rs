/// A version of the cgroup interface. It decides which files exist, what they are called and how they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// One hierarchy for each controller.
    V1,
    /// One hierarchy for all controllers.
    V2,
}

impl Version {
    /// All versions, in the order in which to look for their files.
    pub const ALL: [Self; 2] = [Self::V2, Self::V1];
}
