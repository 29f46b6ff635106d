use std::{ffi::CStr, fs::File, os::fd::OwnedFd};

use cofferdam_protocol::copy::{Attributes, Reason};
use nix::{
    errno::Errno,
    sys::stat::{Mode, mkdirat},
    unistd::symlinkat,
};

use super::{
    attributes::{ON_THE_WAY, apply},
    draft::{Draft, new_file},
};

use crate::{
    cursor::{Cursor, open_directory},
    deletion::Deletion,
    errno::{from_io, system},
};

/// Creates the entries of a tree.
///
/// In a directory that existed before, each entry is made as a draft. It gets its name when it is complete: a file, a link,
/// or a directory with everything in it. Existing files and links are replaced, existing directories are entered. In a new
/// directory, which is part of a draft itself, entries get their names at once.
#[derive(Debug)]
pub struct TreeWriter {
    cursor: Cursor,
    /// The directories that were entered and not left, with the attributes that they get in the end.
    levels: Vec<Option<Attributes>>,
    /// The draft that is not complete, and the number of directories that lead to it.
    draft: Option<(Draft, usize)>,
}

impl TreeWriter {
    /// Starts in an existing directory.
    pub fn new(directory: OwnedFd) -> Self {
        Self { cursor: Cursor::new(directory), levels: Vec::new(), draft: None }
    }

    /// The current directory.
    pub fn here(&self) -> &OwnedFd {
        self.cursor.here()
    }

    /// How many directories were entered and not left.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Enters a directory. If it is missing, creates it.
    pub fn enter(&mut self, name: &CStr, attributes: Option<Attributes>) -> Result<(), Reason> {
        let (directory, attributes) = match open_directory(self.here(), name) {
            Err(Errno::ENOENT) => {
                let directory = if self.draft.is_some() {
                    mkdirat(self.here(), name, Mode::S_IRWXU).map_err(system)?;
                    open_directory(self.here(), name).map_err(system)?
                } else {
                    let (draft, directory) =
                        Draft::directory(self.clone_here()?, name.to_owned()).map_err(system)?;
                    self.draft = Some((draft, self.depth()));
                    directory
                };
                (directory, Some(attributes.unwrap_or(ON_THE_WAY)))
            }
            // A directory that existed before keeps its attributes.
            outcome => (outcome.map_err(system)?, attributes.filter(|_| self.draft.is_some())),
        };
        self.cursor.enter(directory).map_err(system)?;
        self.levels.push(attributes);
        Ok(())
    }

    /// Leaves the current directory and sets its attributes. Call [`TreeWriter::publish`] next.
    pub fn leave(&mut self) -> Result<(), Reason> {
        let left = self.cursor.leave().map_err(system)?;
        if let Some(attributes) = self.levels.pop().flatten() {
            apply(&left, attributes)?;
        }
        Ok(())
    }

    /// Creates an empty file.
    pub fn create(&mut self, name: &CStr) -> Result<File, Reason> {
        if self.draft.is_some() {
            return new_file(self.here(), name).map_err(system);
        }
        let (draft, file) = Draft::file(self.clone_here()?, name.to_owned()).map_err(system)?;
        self.draft = Some((draft, self.depth()));
        Ok(file)
    }

    /// Creates a symbolic link; `true` when it is a draft, which is complete at once.
    pub fn link(&mut self, name: &CStr, target: &CStr) -> Result<bool, Reason> {
        if self.draft.is_some() {
            symlinkat(target, self.here(), name).map_err(system)?;
            return Ok(false);
        }
        let draft = Draft::link(self.clone_here()?, name.to_owned(), target).map_err(system)?;
        self.draft = Some((draft, self.depth()));
        Ok(true)
    }

    /// Gives the draft its name if it is in the current directory, and so is complete; `true` if it was.
    pub fn publish(&mut self) -> Result<bool, Reason> {
        match self.draft.take_if(|(_, levels)| *levels == self.levels.len()) {
            Some((draft, _)) => draft.publish().map_err(system).map(|()| true),
            None => Ok(false),
        }
    }

    /// Removes the draft.
    pub fn abandon(&mut self) {
        self.draft = None;
    }

    /// What to run before [`TreeWriter::abandon`] where that must not take long.
    pub fn deletion(&self) -> Option<Deletion> {
        self.draft.as_ref().and_then(|(draft, _)| draft.deletion())
    }

    fn clone_here(&self) -> Result<OwnedFd, Reason> {
        self.here().try_clone().map_err(|error| from_io(&error))
    }
}
