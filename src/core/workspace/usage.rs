/// How much of something is used, and the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// How much is used.
    pub used: u64,
    /// The limit.
    pub limit: u64,
}
