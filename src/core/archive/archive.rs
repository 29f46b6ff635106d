use std::{
    fs::OpenOptions,
    io::{BufReader, Cursor, Read},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use bytes::Bytes;
use cofferdam_fstree::from_io;
use cofferdam_protocol::{
    copy::{Limits, Reason},
    file::Kind,
};
use flate2::read::MultiGzDecoder;
use nix::libc::O_NONBLOCK;

use super::{reader::Reader, unpacking::Unpacking};

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
                // Without O_NONBLOCK, opening a named pipe would wait for a writer.
                let opened = OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path);
                let file = opened.map_err(|error| from_io(&error))?;
                let metadata = file.metadata().map_err(|error| from_io(&error))?;
                if !metadata.is_file() {
                    return Err(Reason::Kind(if metadata.is_dir() { Kind::Directory } else { Kind::Other }));
                }
                Box::new(BufReader::new(file))
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
