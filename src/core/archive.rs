//! Tar archives that anybody may have made, as trees that can be sent.

use std::{
    fs::OpenOptions,
    io::{self, BufReader, Cursor, Read},
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use bytes::Bytes;
use cofferdam_fstree::{Budget, Source, entry_name, from_io, link_target};
use cofferdam_protocol::{
    copy::{Attributes, Failure, Limits, Piece, Reason},
    file::Kind,
    wire::{limits::CHUNK, message},
};
use flate2::read::MultiGzDecoder;
use nix::libc::O_NONBLOCK;
use tar::{EntryType, Header};

mod extension;

use extension::Extension;

/// The most that an archive may hold.
pub const LIMITS: Limits = Limits { entries: 500_000, bytes: 1 << 30 };

/// What headers are, and contents are padded to, in bytes.
const BLOCK: usize = 512;

/// So many entries are looked at in one go.
const STEPS: usize = 256;

/// The longest header that describes another entry, in bytes: far more than a path and the target of a link take.
const MAX_EXTENSION: u64 = 256 * 1024;

/// How a gzip file begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Where an archive is: plain, or compressed by gzip.
#[derive(Debug, Clone)]
pub enum Archive {
    /// In a file of the host.
    File(PathBuf),
    /// Here.
    Bytes(Bytes),
}

/// What an archive holds, as a tree. What could lead out of that, and what is no file, directory or symbolic link, is refused.
pub struct Unpacking {
    input: Box<dyn Read + Send>,
    budget: Budget,
    begun: bool,
    /// The directories that were entered and not left.
    place: Vec<Vec<u8>>,
    /// How much of the file that was begun follows, and how much padding before the next header.
    content: u64,
    padding: u64,
    /// What was said of the next entry.
    extension: Extension,
    /// The path of the entry that it is about.
    entry: Vec<u8>,
    scratch: Vec<u8>,
}

impl Archive {
    /// Opens it.
    ///
    /// # Errors
    /// Those of the file; `EISDIR` and `EINVAL` for what is no regular one.
    pub fn open(&self, limits: Limits) -> Result<Unpacking, Reason> {
        let mut input: Box<dyn Read + Send> = match self {
            Self::File(path) => {
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
        let mut begin = Vec::new();
        input.by_ref().take(2).read_to_end(&mut begin).map_err(|error| from_io(&error))?;
        let compressed = begin == GZIP;
        let input = Cursor::new(begin).chain(input);
        Ok(Unpacking {
            input: if compressed { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) },
            budget: Budget::new(limits),
            begun: false,
            place: Vec::new(),
            content: 0,
            padding: 0,
            extension: Extension::default(),
            entry: Vec::new(),
            scratch: vec![0; CHUNK],
        })
    }
}

impl Source for Unpacking {
    fn fill(&mut self, frames: &mut Vec<u8>) -> Result<bool, Failure> {
        for _ in 0..STEPS {
            match self.step(frames) {
                Ok(true) if frames.len() < CHUNK => {}
                Ok(more) => return Ok(more),
                Err(reason) => return Err(Failure { entry: self.entry.clone(), reason }),
            }
        }
        Ok(true)
    }
}

impl Unpacking {
    /// Does one thing; `false` when that was the last.
    fn step(&mut self, frames: &mut Vec<u8>) -> Result<bool, Reason> {
        if !self.begun {
            self.begun = true;
            append(frames, &Piece::Directory { name: b"", attributes: None })?;
        } else if self.content > 0 {
            let room = usize::try_from(self.content).unwrap_or(CHUNK).min(CHUNK);
            let data = self.scratch.get_mut(..room).unwrap_or_default();
            read_exact(&mut self.input, data)?;
            append(frames, &Piece::Data(data))?;
            self.content -= room as u64;
        } else {
            let padding = usize::try_from(self.padding).unwrap_or_default();
            read_exact(&mut self.input, self.scratch.get_mut(..padding).unwrap_or_default())?;
            self.padding = 0;
            let Some(header) = self.next_header()? else {
                self.go_to(&[], frames)?;
                append(frames, &Piece::Leave)?;
                append(frames, &Piece::End)?;
                return Ok(false);
            };
            self.take(&header, frames)?;
        }
        Ok(true)
    }

    /// The next header; none at the end, which need not be marked.
    fn next_header(&mut self) -> Result<Option<Header>, Reason> {
        let mut header = Header::new_old();
        let block = header.as_mut_bytes();
        let mut filled = 0;
        while filled < BLOCK {
            match self.input.read(block.get_mut(filled..).unwrap_or_default()) {
                Ok(0) if filled == 0 && self.extension.is_empty() => return Ok(None),
                Ok(0) => return Err(Reason::Malformed),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&error)),
            }
        }
        if block.iter().all(|byte| *byte == 0) {
            return if self.extension.is_empty() { Ok(None) } else { Err(Reason::Malformed) };
        }
        // The checksum counts its own field as spaces.
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let own: u32 = block.iter().skip(148).take(8).map(|byte| u32::from(*byte)).sum();
        match header.cksum() {
            Ok(checksum) if checksum == sum - own + 8 * u32::from(b' ') => Ok(Some(header)),
            _ => Err(Reason::Malformed),
        }
    }

    fn take(&mut self, header: &Header, frames: &mut Vec<u8>) -> Result<(), Reason> {
        self.entry = header.path_bytes().into_owned();
        self.budget.entry()?;
        let size = header.entry_size().map_err(|_| Reason::Malformed)?;
        match header.entry_type() {
            EntryType::XHeader => {
                let records = self.extension(size)?;
                return self.extension.add_records(&records);
            }
            EntryType::XGlobalHeader => {
                let records = self.extension(size)?;
                let mut every = Extension::default();
                every.add_records(&records)?;
                return if every.is_empty() { Ok(()) } else { Err(Reason::Malformed) };
            }
            EntryType::GNULongName => {
                self.extension.path = Some(Extension::name(&self.extension(size)?));
                return Ok(());
            }
            EntryType::GNULongLink => {
                self.extension.target = Some(Extension::name(&self.extension(size)?));
                return Ok(());
            }
            _ => {}
        }
        let Extension { path, target, size: given, modified } = std::mem::take(&mut self.extension);
        if let Some(path) = path {
            self.entry = path;
        }
        let names = names(&self.entry)?;
        let size = given.unwrap_or(size);
        let seconds = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        let attributes = Attributes {
            mode: header.mode().map_err(|_| Reason::Malformed)?,
            modified: modified.or_else(|| seconds?.checked_mul(1_000_000_000)),
        };
        // Archives older than the type for directories.
        let directory = self.entry.ends_with(b"/");
        match header.entry_type() {
            EntryType::Regular | EntryType::Continuous if !directory => {
                self.file(&names, attributes, size, frames)
            }
            EntryType::Directory | EntryType::Regular if size == 0 => {
                self.directory(&names, attributes, frames)
            }
            EntryType::Symlink if size == 0 => {
                let target = target.or_else(|| header.link_name_bytes().map(Into::into)).unwrap_or_default();
                self.link(&names, &target, frames)
            }
            EntryType::Directory | EntryType::Regular | EntryType::Symlink => Err(Reason::Malformed),
            EntryType::Link => Err(Reason::HardLink),
            EntryType::Char | EntryType::Block => Err(Reason::Kind(Kind::Device)),
            EntryType::Fifo => Err(Reason::Kind(Kind::Fifo)),
            // A file with holes, say: its content is not what it seems.
            _ => Err(Reason::Kind(Kind::Other)),
        }
    }

    /// The content of a header that describes another entry.
    fn extension(&mut self, size: u64) -> Result<Vec<u8>, Reason> {
        if size > MAX_EXTENSION {
            return Err(Reason::Malformed);
        }
        self.budget.bytes(size)?;
        let mut content = vec![0; usize::try_from(size).unwrap_or_default()];
        read_exact(&mut self.input, &mut content)?;
        self.padding = padding(size);
        Ok(content)
    }

    fn file(
        &mut self,
        names: &[Vec<u8>],
        attributes: Attributes,
        size: u64,
        frames: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let (name, directories) = names.split_last().ok_or(Reason::Name)?;
        self.budget.bytes(size)?;
        self.go_to(directories, frames)?;
        (self.content, self.padding) = (size, padding(size));
        append(frames, &Piece::File { name, attributes, size })
    }

    fn directory(
        &mut self,
        names: &[Vec<u8>],
        attributes: Attributes,
        frames: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        // That of the whole is what it is unpacked into.
        let Some((name, directories)) = names.split_last() else { return Ok(()) };
        self.go_to(directories, frames)?;
        self.place.push(name.clone());
        append(frames, &Piece::Directory { name, attributes: Some(attributes) })
    }

    fn link(&mut self, names: &[Vec<u8>], target: &[u8], frames: &mut Vec<u8>) -> Result<(), Reason> {
        let (name, directories) = names.split_last().ok_or(Reason::Name)?;
        link_target(target, directories.len())?;
        self.go_to(directories, frames)?;
        append(frames, &Piece::Link { name, target })
    }

    /// Goes to a directory from where it is.
    fn go_to(&mut self, directories: &[Vec<u8>], frames: &mut Vec<u8>) -> Result<(), Reason> {
        let common = self.place.iter().zip(directories).take_while(|(here, there)| here == there).count();
        while self.place.len() > common {
            self.place.pop();
            append(frames, &Piece::Leave)?;
        }
        for name in directories.iter().skip(common) {
            append(frames, &Piece::Directory { name, attributes: None })?;
            self.place.push(name.clone());
        }
        Ok(())
    }
}

/// The names that a path consists of, none of which leads elsewhere.
fn names(path: &[u8]) -> Result<Vec<Vec<u8>>, Reason> {
    if path.starts_with(b"/") {
        return Err(Reason::Name);
    }
    let names = path.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    names.map(|name| entry_name(name).map(|_| name.to_vec())).collect()
}

fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK as u64) - size
}

fn read_exact(input: &mut impl Read, buffer: &mut [u8]) -> Result<(), Reason> {
    input.read_exact(buffer).map_err(|error| damaged(&error))
}

/// The file can't be read, or is cut off or damaged.
fn damaged(error: &io::Error) -> Reason {
    if error.raw_os_error().is_some() { from_io(error) } else { Reason::Malformed }
}

fn append(frames: &mut Vec<u8>, piece: &Piece) -> Result<(), Reason> {
    message::append(frames, piece).map_err(|error| from_io(&error))
}

#[cfg(test)]
mod tests;
