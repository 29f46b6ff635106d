/// The buffer that output is read into before it is encoded. The agent has a single one, because its only thread never
/// awaits while it uses it: 64 commands at once need no more memory than one.
pub struct Scratch(Vec<u8>);

impl Default for Scratch {
    fn default() -> Self {
        // The capacity of a pipe.
        Self(vec![0; 64 * 1024])
    }
}

impl Scratch {
    /// Its beginning, at most `limit` bytes.
    pub fn first(&mut self, limit: u64) -> &mut [u8] {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(self.0.len());
        self.0.get_mut(..limit).unwrap_or_default()
    }

    /// All of it.
    pub fn all(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
