use std::mem;

use cofferdam_fstree::{Budget, Source, append_data, from_io, link_target};
use cofferdam_protocol::{
    copy::{Attributes, Failure, Limits, Piece, Reason},
    file::Kind,
    wire::limits::CHUNK,
};
use tar::{EntryType, Header};

use super::{
    extension::Extension,
    place::{Place, append, components},
    reader::Reader,
};

/// How many steps one call of [`Source::fill`] takes at most.
const STEPS: usize = 256;

/// How long the content of an extended header may be, in bytes: far more than a path and a link's target need.
const MAX_EXTENSION: u64 = 256 * 1024;

/// An archive as the source of a copy. Entries and links that could lead out of the tree are rejected, and so is anything but
/// files, directories and symbolic links.
pub struct Unpacking {
    reader: Reader,
    budget: Budget,
    begun: bool,
    place: Place,
    /// How many bytes of the current file remain.
    content: u64,
    /// What extended headers said about the next entry.
    extension: Extension,
    /// The path of the current entry, for errors.
    entry: Vec<u8>,
    scratch: Vec<u8>,
}

impl Source for Unpacking {
    fn fill(&mut self, messages: &mut Vec<u8>) -> Result<bool, Failure> {
        for _ in 0..STEPS {
            match self.step(messages) {
                Ok(true) if messages.len() < CHUNK => {}
                Ok(more) => return Ok(more),
                Err(reason) => return Err(Failure { entry: self.entry.clone(), reason }),
            }
        }
        Ok(true)
    }
}

impl Unpacking {
    pub(super) fn new(reader: Reader, limits: Limits) -> Self {
        Self {
            reader,
            budget: Budget::new(limits),
            begun: false,
            place: Place::default(),
            content: 0,
            extension: Extension::default(),
            entry: Vec::new(),
            scratch: vec![0; CHUNK],
        }
    }

    /// Takes one step; `false` if it was the last.
    fn step(&mut self, messages: &mut Vec<u8>) -> Result<bool, Reason> {
        if !self.begun {
            self.begun = true;
            append(messages, &Piece::Directory { name: b"", attributes: None })?;
        } else if self.content > 0 {
            let room = usize::try_from(self.content).unwrap_or(CHUNK).min(CHUNK);
            let data = self.scratch.get_mut(..room).unwrap_or_default();
            self.reader.read(data)?;
            append_data(messages, data).map_err(|error| from_io(&error))?;
            self.content -= room as u64;
        } else {
            let Some(header) = self.reader.header()? else {
                if !self.extension.is_empty() {
                    return Err(Reason::Malformed);
                }
                self.place.go_to(&[], messages)?;
                append(messages, &Piece::Leave)?;
                append(messages, &Piece::End)?;
                return Ok(false);
            };
            self.take(&header, messages)?;
        }
        Ok(true)
    }

    fn take(&mut self, header: &Header, messages: &mut Vec<u8>) -> Result<(), Reason> {
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
        let Extension { path, target, size: given, modified } = mem::take(&mut self.extension);
        if let Some(path) = path {
            self.entry = path;
        }
        let names = components(&self.entry)?;
        let size = given.unwrap_or(size);
        let seconds = header.mtime().ok().and_then(|seconds| i64::try_from(seconds).ok());
        let attributes = Attributes {
            mode: header.mode().map_err(|_| Reason::Malformed)?,
            modified: modified.or_else(|| seconds?.checked_mul(1_000_000_000)),
        };
        // Old archives mark directories by a trailing slash only.
        let directory = self.entry.ends_with(b"/");
        match header.entry_type() {
            EntryType::Regular | EntryType::Continuous if !directory => {
                self.file(&names, attributes, size, messages)
            }
            EntryType::Directory | EntryType::Regular if size == 0 => {
                self.directory(&names, attributes, messages)
            }
            EntryType::Symlink if size == 0 => {
                let target = target.or_else(|| header.link_name_bytes().map(Into::into)).unwrap_or_default();
                self.link(&names, &target, messages)
            }
            EntryType::Directory | EntryType::Regular | EntryType::Symlink => Err(Reason::Malformed),
            EntryType::Link => Err(Reason::HardLink),
            EntryType::Char | EntryType::Block => Err(Reason::Kind(Kind::Device)),
            EntryType::Fifo => Err(Reason::Kind(Kind::Fifo)),
            // For example a sparse file, whose content includes a map of its holes.
            _ => Err(Reason::Kind(Kind::Other)),
        }
    }

    /// Reads the content of an extended header.
    fn extension(&mut self, size: u64) -> Result<Vec<u8>, Reason> {
        if size > MAX_EXTENSION {
            return Err(Reason::Malformed);
        }
        self.budget.bytes(size)?;
        let mut content = vec![0; usize::try_from(size).unwrap_or_default()];
        self.reader.read(&mut content)?;
        self.reader.expect(size);
        Ok(content)
    }

    fn file(
        &mut self,
        names: &[Vec<u8>],
        attributes: Attributes,
        size: u64,
        messages: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        let (name, directories) = names.split_last().ok_or(Reason::Name)?;
        self.budget.bytes(size)?;
        self.place.go_to(directories, messages)?;
        self.content = size;
        self.reader.expect(size);
        append(messages, &Piece::File { name, attributes, size })
    }

    fn directory(
        &mut self,
        names: &[Vec<u8>],
        attributes: Attributes,
        messages: &mut Vec<u8>,
    ) -> Result<(), Reason> {
        // The root is the directory that the archive is unpacked into.
        let Some((name, directories)) = names.split_last() else { return Ok(()) };
        self.place.go_to(directories, messages)?;
        self.place.enter(name);
        append(messages, &Piece::Directory { name, attributes: Some(attributes) })
    }

    fn link(&mut self, names: &[Vec<u8>], target: &[u8], messages: &mut Vec<u8>) -> Result<(), Reason> {
        let (name, directories) = names.split_last().ok_or(Reason::Name)?;
        link_target(target, directories.len())?;
        self.place.go_to(directories, messages)?;
        append(messages, &Piece::Link { name, target })
    }
}
