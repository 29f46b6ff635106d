use std::{
    io::{BufReader, Cursor, Read},
    path::PathBuf,
};

use bytes::Bytes;
use cofferdam_fstree::from_io;
use cofferdam_protocol::{
    copy::{Limits, Reason},
    file::Kind,
};
use flate2::read::MultiGzDecoder;

use super::{reader::Reader, unpacking::Unpacking};

use crate::hostfs::Held;

/// How much an archive may contain.
pub const LIMITS: Limits = Limits { entries: 500_000, bytes: 1 << 30 };

/// The first bytes of every gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A tar archive, plain or gzip-compressed.
#[derive(Debug, Clone)]
pub enum Archive {
    /// A file on the host.
    File(PathBuf),
    /// Its content.
    Bytes(Bytes),
}

impl Archive {
    /// Opens it.
    ///
    /// # Errors
    /// I/O errors of the system; [`Reason::Kind`] for anything but a regular file.
    pub fn open(&self, limits: Limits) -> Result<Unpacking, Reason> {
        let mut input: Box<dyn Read + Send> = match self {
            Self::File(path) => {
                let found = Held::trusted(path).map_err(|error| from_io(&error))?;
                let metadata = found.metadata().map_err(|error| from_io(&error))?;
                if !metadata.is_file() {
                    return Err(Reason::Kind(if metadata.is_dir() { Kind::Directory } else { Kind::Other }));
                }
                Box::new(BufReader::new(found.open().map_err(|error| from_io(&error))?))
            }
            Self::Bytes(bytes) => Box::new(Cursor::new(bytes.clone())),
        };
        let mut beginning = Vec::new();
        input.by_ref().take(2).read_to_end(&mut beginning).map_err(|error| from_io(&error))?;
        let is_compressed = beginning == GZIP;
        let input = Cursor::new(beginning).chain(input);
        let input: Box<dyn Read + Send> =
            if is_compressed { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) };
        Ok(Unpacking::new(Reader::new(input), limits))
    }
}
