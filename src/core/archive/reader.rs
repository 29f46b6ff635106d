use std::io::{self, Read};

use cofferdam_fstree::from_io;
use cofferdam_protocol::copy::Reason;
use tar::Header;

/// The size of a header, and the unit that contents are padded to, in bytes.
const BLOCK: usize = 512;

/// Reads headers and contents.
pub struct Reader {
    input: Box<dyn Read + Send>,
    /// How much padding precedes the next header, in bytes.
    padding: usize,
}

impl Reader {
    pub fn new(input: Box<dyn Read + Send>) -> Self {
        Self { input, padding: 0 }
    }

    /// Reads the next header; `None` at the end. An end without the usual zero blocks is accepted.
    pub fn header(&mut self) -> Result<Option<Header>, Reason> {
        let mut padding = [0; BLOCK];
        self.read(padding.get_mut(..self.padding).unwrap_or_default())?;
        self.padding = 0;
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(block.get_mut(filled..).unwrap_or_default()) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(Reason::Malformed),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&error)),
            }
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        // The checksum counts its own field as spaces.
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let own: u32 = block.iter().skip(148).take(8).map(|byte| u32::from(*byte)).sum();
        match header.cksum() {
            Ok(checksum) if checksum == sum - own + 8 * u32::from(b' ') => Ok(Some(header)),
            _ => Err(Reason::Malformed),
        }
    }

    /// Fills `buffer` with content.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<(), Reason> {
        self.input.read_exact(buffer).map_err(|error| damaged(&error))
    }

    /// Announces that content of this size and its padding precede the next header.
    pub fn expect(&mut self, size: u64) {
        self.padding = usize::try_from(size.next_multiple_of(BLOCK as u64) - size).unwrap_or_default();
    }
}

/// The archive can't be read, or it is truncated or damaged.
fn damaged(error: &io::Error) -> Reason {
    if error.raw_os_error().is_some() { from_io(error) } else { Reason::Malformed }
}
