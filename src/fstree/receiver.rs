use std::{
    ffi::{CStr, CString},
    fs::File,
    io::Write,
    os::fd::{AsFd, OwnedFd},
};

use cofferdam_protocol::copy::{Attributes, Copied, Failure, Limits, Piece, Reason};
use nix::{
    errno::Errno,
    libc::mode_t,
    sys::{
        stat::{Mode, fchmod, futimens, mkdirat},
        time::TimeSpec,
    },
    unistd::symlinkat,
};

use crate::{
    budget::Budget,
    cursor::{Cursor, open_directory},
    deletion::Deletion,
    draft::{Draft, new_file},
    errno::{from_io, system},
    name::{entry_name, link_target},
    target::Target,
    trail::Trail,
};

/// What a directory is like that is only on the way to something.
const ON_THE_WAY: Attributes = Attributes { mode: 0o755, modified: None };

/// Puts a tree where it should be, piece by piece.
///
/// In a directory that was there before, each entry is made beside its name and gets that when it is whole: a file, a link,
/// or a directory with all that is in it. Files and links that are there are replaced, directories are gone on with.
#[derive(Debug)]
pub struct Receiver {
    cursor: Cursor,
    /// What the top is to be called, with the missing directories before it. None when it is there.
    names: Vec<CString>,
    /// The directories that were entered and not left, with what they are to be like.
    levels: Vec<Option<Attributes>>,
    /// How many of them lead to the top or are it.
    base: usize,
    /// What is not whole, and how many directories lead to it.
    draft: Option<(Draft, usize)>,
    file: Option<Writing>,
    trail: Trail,
    /// The entry that it is about, as the sender calls it; empty for the directory that it is in.
    name: Vec<u8>,
    progress: Progress,
    budget: Budget,
    copied: Copied,
}

#[derive(Debug)]
struct Writing {
    file: File,
    left: u64,
    attributes: Attributes,
}

#[derive(Debug, PartialEq, Eq)]
enum Progress {
    Nothing,
    Some,
    All,
}

impl Receiver {
    /// Receives a tree whose limits these are.
    #[must_use]
    pub fn new(target: Target, limits: Limits) -> Self {
        let (directory, names) = match target {
            Target::Directory(directory) => (directory, Vec::new()),
            Target::Name { directory, names } => (directory, names),
        };
        Self {
            cursor: Cursor::new(directory),
            base: names.len(),
            names,
            levels: Vec::new(),
            draft: None,
            file: None,
            trail: Trail::default(),
            name: Vec::new(),
            progress: Progress::Nothing,
            budget: Budget::new(limits),
            copied: Copied::default(),
        }
    }

    /// The directory that it is in.
    pub(crate) fn place(&self) -> &OwnedFd {
        self.cursor.here()
    }

    /// What is in its place.
    #[must_use]
    pub fn copied(&self) -> Copied {
        self.copied
    }

    /// Takes the next piece, which is neither the end nor a failure.
    ///
    /// # Errors
    /// When it can't be put there; nothing may follow then.
    pub fn accept(&mut self, piece: &Piece<'_>) -> Result<(), Failure> {
        match piece {
            Piece::Directory { name, .. } | Piece::File { name, .. } | Piece::Link { name, .. } => {
                (*name).clone_into(&mut self.name);
            }
            Piece::Data(_) => {}
            _ => self.name.clear(),
        }
        self.put(piece).map_err(|reason| Failure { entry: self.trail.join(&self.name), reason })
    }

    /// Takes the end: a top that was not there appears.
    ///
    /// # Errors
    /// When it comes too early, and what the system gives.
    pub fn finish(&mut self) -> Result<(), Failure> {
        self.end().map_err(|reason| Failure { entry: self.trail.join(b""), reason })
    }

    /// Removes what is not in its place.
    pub fn abandon(&mut self) {
        self.draft = None;
    }

    /// What is to be done before that where it must not take long.
    pub(crate) fn deletion(&self) -> Option<Deletion> {
        self.draft.as_ref().and_then(|(draft, _)| draft.deletion())
    }

    fn put(&mut self, piece: &Piece<'_>) -> Result<(), Reason> {
        match (&self.progress, piece) {
            (Progress::Some, Piece::Data(data)) => self.write(data),
            _ if self.file.is_some() => Err(Reason::Malformed),
            (Progress::Nothing, Piece::Directory { attributes, .. }) => self.begin_directory(*attributes),
            (Progress::Nothing, Piece::File { attributes, size, .. }) => self.begin_file(*attributes, *size),
            (Progress::Some, Piece::Directory { name, attributes }) => {
                let name_in = self.next(name)?;
                self.enter(&name_in, *attributes)?;
                self.trail.push(name);
                Ok(())
            }
            (Progress::Some, Piece::File { name, attributes, size }) => {
                let name = self.next(name)?;
                self.create(&name, *attributes, *size)
            }
            (Progress::Some, Piece::Link { name, target }) => {
                let name = self.next(name)?;
                self.link(&name, target)
            }
            (Progress::Some, Piece::Leave) if self.levels.len() > self.base => {
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
        self.progress = Progress::Some;
        let mut names = std::mem::take(&mut self.names);
        let Some(last) = names.pop() else { return Ok(()) };
        for name in names {
            self.enter(&name, None)?;
        }
        self.enter(&last, attributes)
    }

    fn begin_file(&mut self, attributes: Attributes, size: u64) -> Result<(), Reason> {
        self.progress = Progress::Some;
        let mut names = std::mem::take(&mut self.names);
        let Some(last) = names.pop() else { return Err(system(Errno::EISDIR)) };
        for name in names {
            self.enter(&name, None)?;
        }
        self.budget.entry()?;
        self.create(&last, attributes, size)
    }

    /// Leaves the top, and what leads to it.
    fn end(&mut self) -> Result<(), Reason> {
        if self.progress != Progress::All || self.file.is_some() {
            return Err(Reason::Malformed);
        }
        self.publish()?;
        while !self.levels.is_empty() {
            self.leave()?;
        }
        self.copied = self.budget.used();
        Ok(())
    }

    /// Goes into a directory; makes it when it is missing.
    fn enter(&mut self, name: &CStr, attributes: Option<Attributes>) -> Result<(), Reason> {
        let (directory, attributes) = match open_directory(self.cursor.here(), name) {
            Err(Errno::ENOENT) => {
                let directory = if self.draft.is_some() {
                    mkdirat(self.cursor.here(), name, Mode::S_IRWXU).map_err(system)?;
                    open_directory(self.cursor.here(), name).map_err(system)?
                } else {
                    let here = self.here()?;
                    let (draft, directory) = Draft::directory(here, name.to_owned()).map_err(system)?;
                    self.draft = Some((draft, self.levels.len()));
                    directory
                };
                (directory, Some(attributes.unwrap_or(ON_THE_WAY)))
            }
            // One that was there before stays as it is.
            outcome => (outcome.map_err(system)?, attributes.filter(|_| self.draft.is_some())),
        };
        self.cursor.enter(directory).map_err(system)?;
        self.levels.push(attributes);
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Reason> {
        let left = self.cursor.leave().map_err(system)?;
        if let Some(attributes) = self.levels.pop().flatten() {
            apply(&left, attributes)?;
        }
        self.publish()
    }

    fn create(&mut self, name: &CStr, attributes: Attributes, size: u64) -> Result<(), Reason> {
        self.budget.bytes(size)?;
        let file = if self.draft.is_some() {
            new_file(self.cursor.here(), name).map_err(system)?
        } else {
            let (draft, file) = Draft::file(self.here()?, name.to_owned()).map_err(system)?;
            self.draft = Some((draft, self.levels.len()));
            file
        };
        self.file = Some(Writing { file, left: size, attributes });
        self.write(&[])
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Reason> {
        let Some(writing) = &mut self.file else { return Err(Reason::Malformed) };
        writing.left = writing.left.checked_sub(data.len() as u64).ok_or(Reason::Malformed)?;
        writing.file.write_all(data).map_err(|error| from_io(&error))?;
        if writing.left > 0 {
            return Ok(());
        }
        apply(&writing.file, writing.attributes)?;
        self.file = None;
        if self.levels.len() < self.base {
            // It was the top.
            self.progress = Progress::All;
            return Ok(());
        }
        self.publish()
    }

    fn link(&mut self, name: &CStr, target: &[u8]) -> Result<(), Reason> {
        let target = link_target(target, self.levels.len() - self.base)?;
        if self.draft.is_some() {
            return symlinkat(target.as_c_str(), self.cursor.here(), name).map_err(system);
        }
        let draft = Draft::link(self.here()?, name.to_owned(), &target).map_err(system)?;
        self.draft = Some((draft, self.levels.len()));
        self.publish()
    }

    /// Gives the draft its name when it is whole.
    fn publish(&mut self) -> Result<(), Reason> {
        if let Some((draft, _)) = self.draft.take_if(|(_, levels)| *levels == self.levels.len()) {
            draft.publish().map_err(system)?;
            self.copied = self.budget.used();
        }
        Ok(())
    }

    fn here(&self) -> Result<OwnedFd, Reason> {
        self.cursor.here().try_clone().map_err(|error| from_io(&error))
    }
}

fn apply(file: impl AsFd, attributes: Attributes) -> Result<(), Reason> {
    // Times before modes: neither needs the other, and what has its mode is done.
    if let Some(modified) = attributes.modified {
        let (seconds, nanoseconds) = (modified.div_euclid(1_000_000_000), modified.rem_euclid(1_000_000_000));
        let time = TimeSpec::new(seconds, nanoseconds);
        // Not every file system takes every time.
        let _ = futimens(&file, &time, &time);
    }
    let mode = mode_t::try_from(attributes.mode & 0o777).unwrap_or_default();
    fchmod(&file, Mode::from_bits_truncate(mode)).map_err(system)
}
