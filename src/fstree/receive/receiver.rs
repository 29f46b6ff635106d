use std::{
    ffi::{CStr, CString},
    os::fd::OwnedFd,
};

use cofferdam_protocol::copy::{Attributes, Copied, Failure, Limits, Piece, Reason};
use nix::errno::Errno;

use super::{content::Content, target::Target, writer::TreeWriter};

use crate::{
    budget::Budget, deletion::Deletion, entry_name::entry_name, errno::system, link_target::link_target,
    trail::Trail,
};

/// Puts a tree in its place, piece by piece. It accepts only pieces that form a tree within the limits.
#[derive(Debug)]
pub struct Receiver {
    writer: TreeWriter,
    /// The name of the top, after those of the missing directories that lead to it. Empty when the top exists.
    names: Vec<CString>,
    /// The depth of the top: how many directories lead to it, itself included.
    base: usize,
    content: Option<Content>,
    trail: Trail,
    /// The entry being handled, as the sender calls it; empty for the current directory.
    name: Vec<u8>,
    progress: Progress,
    budget: Budget,
    copied: Copied,
}

#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Nothing,
    Some,
    All,
}

impl Receiver {
    /// Receives a tree within these limits.
    #[must_use]
    pub fn new(target: Target, limits: Limits) -> Self {
        let (directory, names) = match target {
            Target::Directory(directory) => (directory, Vec::new()),
            Target::Name { directory, names } => (directory, names),
        };
        Self {
            writer: TreeWriter::new(directory),
            base: names.len(),
            names,
            content: None,
            trail: Trail::default(),
            name: Vec::new(),
            progress: Progress::Nothing,
            budget: Budget::new(limits),
            copied: Copied::default(),
        }
    }

    /// The current directory.
    pub(crate) fn place(&self) -> &OwnedFd {
        self.writer.here()
    }

    /// How much is in its place.
    #[must_use]
    pub fn copied(&self) -> Copied {
        self.copied
    }

    /// Takes the next piece, which must be neither the end nor a failure.
    ///
    /// # Errors
    /// Why it can't be put in its place. Nothing may follow.
    pub fn accept(&mut self, piece: &Piece<'_>) -> Result<(), Failure> {
        match piece {
            Piece::Directory { name, .. } | Piece::File { name, .. } | Piece::Link { name, .. } => {
                (*name).clone_into(&mut self.name);
            }
            Piece::Data(_) | Piece::Hole(_) => {}
            _ => self.name.clear(),
        }
        self.put(piece).map_err(|reason| Failure { entry: self.trail.join(&self.name), reason })
    }

    /// Takes the end. If the top did not exist, it appears now.
    ///
    /// # Errors
    /// When the end comes too early, and the system's error.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.end().map_err(|reason| Failure { entry: self.trail.join(b""), reason })
    }

    /// Removes everything that is not in its place.
    pub fn abandon(&mut self) {
        self.writer.abandon();
    }

    /// What to run before [`Receiver::abandon`] where that must not take long.
    pub(crate) fn deletion(&self) -> Option<Deletion> {
        self.writer.deletion()
    }

    fn put(&mut self, piece: &Piece<'_>) -> Result<(), Reason> {
        match (&self.progress, piece) {
            (Progress::Some, Piece::Data(data)) => self.write(|content| content.write(data)),
            (Progress::Some, Piece::Hole(length)) => self.write(|content| content.skip(*length)),
            _ if self.content.is_some() => Err(Reason::Malformed),
            (Progress::Nothing, Piece::Directory { attributes, .. }) => self.begin_directory(*attributes),
            (Progress::Nothing, Piece::File { attributes, size, .. }) => self.begin_file(*attributes, *size),
            (Progress::Some, Piece::Directory { name, attributes }) => {
                let name_in = self.next(name)?;
                self.writer.enter(&name_in, *attributes)?;
                self.trail.push(name);
                Ok(())
            }
            (Progress::Some, Piece::File { name, attributes, size }) => {
                let name = self.next(name)?;
                self.create(&name, *attributes, *size)
            }
            (Progress::Some, Piece::Link { name, target }) => {
                let name = self.next(name)?;
                let target = link_target(target, self.writer.depth() - self.base)?;
                if self.writer.link(&name, &target)? { self.publish() } else { Ok(()) }
            }
            (Progress::Some, Piece::Leave) if self.writer.depth() > self.base => {
                self.trail.pop();
                self.leave()
            }
            (Progress::Some, Piece::Leave) => {
                self.progress = Progress::All;
                Ok(())
            }
            _ => Err(Reason::Malformed),
        }
    }

    fn next(&mut self, name: &[u8]) -> Result<CString, Reason> {
        self.budget.entry()?;
        entry_name(name)
    }

    fn begin_directory(&mut self, attributes: Option<Attributes>) -> Result<(), Reason> {
        match self.begin()? {
            Some(name) => self.writer.enter(&name, attributes),
            None => Ok(()),
        }
    }

    fn begin_file(&mut self, attributes: Attributes, size: u64) -> Result<(), Reason> {
        let Some(name) = self.begin()? else { return Err(system(Errno::EISDIR)) };
        self.budget.entry()?;
        self.create(&name, attributes, size)
    }

    /// Enters the directories that lead to the top and gives its name. `None` when the top exists.
    fn begin(&mut self) -> Result<Option<CString>, Reason> {
        self.progress = Progress::Some;
        let mut names = std::mem::take(&mut self.names);
        let Some(last) = names.pop() else { return Ok(None) };
        for name in names {
            self.writer.enter(&name, None)?;
        }
        Ok(Some(last))
    }

    /// Leaves the top and the directories that lead to it.
    fn end(&mut self) -> Result<(), Reason> {
        if self.progress != Progress::All || self.content.is_some() {
            return Err(Reason::Malformed);
        }
        self.publish()?;
        while self.writer.depth() > 0 {
            self.leave()?;
        }
        self.copied = self.budget.used();
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Reason> {
        self.writer.leave()?;
        self.publish()
    }

    fn create(&mut self, name: &CStr, attributes: Attributes, size: u64) -> Result<(), Reason> {
        self.budget.bytes(size)?;
        self.content = Some(Content::new(self.writer.create(name)?, size, attributes));
        // An empty file is complete already.
        self.write(|content| content.write(&[]))
    }

    /// Takes the next part of the file; `part` tells whether it was the last.
    fn write(&mut self, part: impl FnOnce(&mut Content) -> Result<bool, Reason>) -> Result<(), Reason> {
        let Some(content) = &mut self.content else { return Err(Reason::Malformed) };
        if !part(content)? {
            return Ok(());
        }
        self.content = None;
        if self.writer.depth() < self.base {
            // The file is the top.
            self.progress = Progress::All;
            return Ok(());
        }
        self.publish()
    }

    fn publish(&mut self) -> Result<(), Reason> {
        if self.writer.publish()? {
            self.copied = self.budget.used();
        }
        Ok(())
    }
}
