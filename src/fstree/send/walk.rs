use std::{
    ffi::CString,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
};

use cofferdam_protocol::{
    copy::{Failure, Limits, Piece, Reason},
    file::Kind,
    wire::{limits::CHUNK, message},
};
use nix::{
    dir::{Entry, Type},
    sys::stat::{FileStat, fstat},
};

use super::{
    content::{Content, Part},
    data::append_data,
    descent::{Descent, Next},
    entry::{attributes, open_file, read_link, refuse_proc, type_of},
    source::Source,
};

use crate::{
    budget::Budget,
    errno::{from_io, system},
    kind::kind,
    link_target::link_target,
    receive::is_draft,
    trail::Trail,
};

/// The number of steps that are done in one go.
const STEPS: usize = 256;

/// Reads a tree of the file system in small steps. In each directory, subdirectories come last. Entries that are deleted
/// before their turn are left out, and so are drafts.
#[derive(Debug)]
pub struct Walk {
    budget: Budget,
    /// The top, until the walk starts.
    top: Option<OwnedFd>,
    descent: Option<Descent>,
    content: Option<Content>,
    trail: Trail,
    /// The entry being handled; empty for the current directory.
    name: CString,
    scratch: Vec<u8>,
    /// How many bytes of files were read since [`Source::fill`] began.
    read: usize,
}

impl Walk {
    /// Walks the tree with this top, a directory or a regular file that is open for reading.
    #[must_use]
    pub fn new(top: OwnedFd, limits: Limits) -> Self {
        Self {
            budget: Budget::new(limits),
            top: Some(top),
            descent: None,
            content: None,
            trail: Trail::default(),
            name: CString::default(),
            scratch: Vec::new(),
            read: 0,
        }
    }

    /// Does one step; `false` when it was the last.
    pub(crate) fn step(&mut self, messages: &mut Vec<u8>) -> Result<bool, Reason> {
        if let Some(top) = self.top.take() {
            self.begin(top, messages)?;
            return Ok(true);
        }
        if let Some(content) = &mut self.content {
            match content.read(&mut self.scratch)? {
                None => return Ok(true),
                Some(Part::Hole(length)) => append(messages, &Piece::Hole(length))?,
                Some(Part::Data(data)) => {
                    self.read += data.len();
                    append_data(messages, data).map_err(|error| from_io(&error))?;
                }
            }
            if content.is_complete()? {
                self.content = None;
            }
            return Ok(true);
        }
        if let Some(descent) = &mut self.descent {
            self.name = CString::default();
            match descent.next()? {
                Next::Entry(entry) => self.look_at(&entry, messages)?,
                Next::Listed => {}
                Next::Enter(name) => {
                    self.name = name;
                    self.enter(messages)?;
                }
                Next::Leave => self.leave(messages)?,
            }
            return Ok(true);
        }
        append(messages, &Piece::End)?;
        Ok(false)
    }

    fn begin(&mut self, top: OwnedFd, messages: &mut Vec<u8>) -> Result<(), Reason> {
        let stat = fstat(&top).map_err(system)?;
        refuse_proc(&top)?;
        match kind(&stat) {
            None => self.begin_file(top, stat, messages),
            Some(Kind::Directory) => {
                self.descent = Some(Descent::new(top, &stat)?);
                append(messages, &Piece::Directory { name: b"", attributes: Some(attributes(&stat)) })
            }
            Some(kind) => Err(Reason::Kind(kind)),
        }
    }

    fn look_at(&mut self, entry: &Entry, messages: &mut Vec<u8>) -> Result<(), Reason> {
        let (Some(descent), name) = (&mut self.descent, entry.file_name()) else { return Ok(()) };
        // Without skipping drafts, a copy of a tree into itself would never end.
        if matches!(name.to_bytes(), b"." | b"..") || is_draft(descent.here(), name) {
            return Ok(());
        }
        name.clone_into(&mut self.name);
        let Some(found) = type_of(descent.here(), entry).map_err(system)? else { return Ok(()) };
        self.budget.entry()?;
        match found {
            Type::Directory => {
                descent.postpone(name);
                Ok(())
            }
            Type::File => match open_file(descent.here(), name)? {
                Some((file, stat)) => self.begin_file(file, stat, messages),
                None => Ok(()),
            },
            Type::Symlink => {
                let Some(target) = read_link(descent.here(), name)? else { return Ok(()) };
                let target = link_target(target.as_bytes(), descent.depth())?;
                append(messages, &Piece::Link { name: name.to_bytes(), target: target.to_bytes() })
            }
            Type::Fifo => Err(Reason::Kind(Kind::Fifo)),
            Type::Socket => Err(Reason::Kind(Kind::Socket)),
            Type::CharacterDevice | Type::BlockDevice => Err(Reason::Kind(Kind::Device)),
        }
    }

    fn begin_file(&mut self, file: OwnedFd, stat: FileStat, messages: &mut Vec<u8>) -> Result<(), Reason> {
        let size = u64::try_from(stat.st_size).map_err(|_| Reason::Changed)?;
        self.budget.bytes(size)?;
        append(messages, &Piece::File { name: self.name.to_bytes(), attributes: attributes(&stat), size })?;
        self.content = (size > 0).then(|| Content::new(file, stat, size));
        Ok(())
    }

    fn enter(&mut self, messages: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(descent) = &mut self.descent else { return Ok(()) };
        let Some(stat) = descent.enter(&self.name)? else { return Ok(()) };
        self.trail.push(self.name.to_bytes());
        let name = std::mem::take(&mut self.name);
        append(messages, &Piece::Directory { name: name.to_bytes(), attributes: Some(attributes(&stat)) })
    }

    fn leave(&mut self, messages: &mut Vec<u8>) -> Result<(), Reason> {
        let Some(descent) = &mut self.descent else { return Ok(()) };
        if descent.leave()? {
            self.trail.pop();
        } else {
            self.descent = None;
        }
        append(messages, &Piece::Leave)
    }
}

impl Source for Walk {
    fn fill(&mut self, messages: &mut Vec<u8>) -> Result<bool, Failure> {
        self.read = 0;
        for _ in 0..STEPS {
            match self.step(messages) {
                // Zeros that were read give no message of their length.
                Ok(true) if messages.len().max(self.read) < CHUNK => {}
                Ok(more) => return Ok(more),
                Err(reason) => {
                    return Err(Failure { entry: self.trail.join(self.name.to_bytes()), reason });
                }
            }
        }
        Ok(true)
    }
}

/// Adds a message. No piece exceeds the size limit of a message.
fn append(messages: &mut Vec<u8>, piece: &Piece) -> Result<(), Reason> {
    message::append(messages, piece).map_err(|error| from_io(&error))
}
