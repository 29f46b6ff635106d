use std::{fs::File, io, os::unix::fs::FileExt};

/// The superblock of an ext4 file system.
pub struct Superblock([u8; Self::LENGTH]);

impl Superblock {
    const OFFSET: u64 = 1024;
    const LENGTH: usize = 1024;

    /// Reads it from the file that contains the file system.
    pub fn read(file: &File) -> io::Result<Self> {
        let mut bytes = [0; Self::LENGTH];
        file.read_exact_at(&mut bytes, Self::OFFSET)?;
        Ok(Self(bytes))
    }

    fn number(&self, offset: usize) -> u64 {
        let bytes = self.0.get(offset..).and_then(|bytes| bytes.first_chunk());
        bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
    }

    /// The size of the file system, in bytes.
    pub fn size(&self) -> u64 {
        let (low, high, block) = (self.number(0x4), self.number(0x150), self.number(0x18));
        (high << 32 | low) << (10 + block.min(6))
    }

    /// Whether it can be mounted without a repair. With a journal, this holds even after a crash.
    pub fn is_clean(&self) -> bool {
        const CLEAN: u64 = 1;
        self.number(0x3a) & 0xffff == CLEAN
    }
}
