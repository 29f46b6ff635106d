use std::{sync::Arc, time::Duration};

use cofferdam_protocol::{
    RawPath,
    fs::{
        call::{Call, Reply},
        directory::{Name, Names},
        edit::{Edit, MAX_TEXTS},
        handle::Open,
        lines::Lines,
        search::{Glob, Grep},
        watch::Watch,
    },
    wire::limits::MAX_FILE,
};

use super::{
    check,
    handle::FileHandle,
    patience::patiently,
    search::{self, FoundFiles, FoundLines},
    watch::FileWatch,
};
use crate::{
    container::Connection,
    error::{Code, Error, Result},
    files::with_retry,
    link::{
        file::{self, NewFile},
        fs,
    },
};

/// The most files that are written in one go.
const MAX_FILES: usize = 10_000;

/// A file with its content.
pub type WholeFile = (NewFile, Vec<u8>);

/// The file system of a sandbox, which is brought up when it is needed.
pub struct FileSystem(Arc<Connection>);

impl FileSystem {
    /// That of the sandbox with this connection.
    pub(crate) fn new(connection: Arc<Connection>) -> Self {
        Self(connection)
    }

    /// Does one thing. If the sandbox is lost meanwhile, it is done again, unless it may not be done twice.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `FILE_ERROR`, `FILE_TOO_LARGE`, `DISK_LIMIT`, `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`; those of bringing the
    /// sandbox up.
    pub async fn call(&self, call: Call) -> Result<Reply> {
        check::call(&call)?;
        let connection = &self.0;
        let _busy = connection.begin();
        let mut may_repeat = check::is_repeatable(&call);
        connection
            .unless_closed(async {
                loop {
                    match attempt(connection, &call).await {
                        Err(error) if error.code() == Code::SandboxLost && may_repeat => may_repeat = false,
                        outcome => return outcome,
                    }
                }
            })
            .await
    }

    /// Reads a regular file of at most [`MAX_FILE`] bytes.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn read(&self, path: &RawPath) -> Result<Vec<u8>> {
        check::path(path)?;
        with_retry(&self.0, |live| async move { file::read(&live.link, path).await }).await
    }

    /// Creates or replaces a file, all of it at once.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn write(&self, file: &NewFile, content: &[u8]) -> Result<()> {
        check::path(&file.path)?;
        with_retry(&self.0, |live| async move { file::write(&live.link, file, content).await }).await
    }

    /// Writes several files, each all at once, and creates missing directories. Stops at the first that can't be written.
    ///
    /// # Errors
    /// As [`Self::call`]; the detail `written` says how many files were written.
    pub async fn write_all(&self, files: &[WholeFile]) -> Result<()> {
        if files.len() > MAX_FILES {
            let message = format!("at most {MAX_FILES} files can be written in one go, not {}", files.len());
            return Err(Error::invalid("files", message));
        }
        for (file, content) in files {
            check::path(&file.path)?;
            if content.len() as u64 > MAX_FILE {
                let message = format!("could not write {}: more than {MAX_FILE} bytes", file.path.text());
                return Err(Error::new(Code::FileTooLarge, message).detail("limit", MAX_FILE));
            }
        }
        with_retry(&self.0, |live| async move { fs::write_all(&live.link, files, MAX_FILE).await }).await
    }

    /// Opens a file, which stays open until the handle is dropped.
    ///
    /// # Errors
    /// As [`Self::call`]; `CONFLICT` when too many are open.
    pub async fn open(&self, open: Open) -> Result<FileHandle> {
        check::path(&open.path)?;
        check::mode(open.mode)?;
        FileHandle::open(Arc::clone(&self.0), open).await
    }

    /// Opens a file, writes to it and closes it.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn write_through(&self, open: Open, content: &[u8]) -> Result<()> {
        self.open(open).await?.write(None, content).await
    }

    /// Finds files by their paths; see [`search::glob`].
    ///
    /// # Errors
    /// As [`search::glob`].
    pub async fn glob(&self, request: Glob, timeout: Option<Duration>) -> Result<FoundFiles> {
        check::path(&request.root)?;
        search::glob(&self.0, request, timeout).await
    }

    /// Finds lines that match; see [`search::grep`].
    ///
    /// # Errors
    /// As [`search::glob`].
    pub async fn grep(&self, request: Grep, timeout: Option<Duration>) -> Result<FoundLines> {
        check::path(&request.root)?;
        search::grep(&self.0, request, timeout).await
    }

    /// Begins to watch a file or a directory.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn watch(&self, request: Watch) -> Result<FileWatch> {
        check::path(&request.path)?;
        FileWatch::begin(Arc::clone(&self.0), request).await
    }

    /// The names in a directory, sorted.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn names(&self, request: &Names) -> Result<Vec<Name>> {
        check::path(&request.path)?;
        let mut names =
            with_retry(&self.0, |live| async move { fs::names(&live.link, request).await }).await?;
        names.sort_unstable_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        Ok(names)
    }

    /// Some lines of a file, and how many it has.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn lines(&self, request: &Lines) -> Result<(Vec<u8>, u64)> {
        check::path(&request.path)?;
        if request.start == 0 {
            return Err(Error::invalid("start", "start must be at least 1: lines are counted from 1"));
        }
        with_retry(&self.0, |live| async move { fs::lines(&live.link, request).await }).await
    }

    /// Replaces text in a file. Returns how often.
    ///
    /// # Errors
    /// As [`Self::call`]; `CONFLICT` when the text is not there exactly once, or the file is not the expected one.
    pub async fn edit(&self, request: &Edit) -> Result<u64> {
        check::path(&request.path)?;
        if request.old.is_empty() {
            return Err(Error::invalid("oldText", "oldText must not be empty"));
        }
        if request.old.len() + request.new.len() > MAX_TEXTS {
            let message = format!("oldText and newText must have at most {MAX_TEXTS} bytes together");
            return Err(Error::invalid("newText", message));
        }
        let connection = &self.0;
        let _busy = connection.begin();
        connection
            .unless_closed(async {
                let (mut operation, rescue) = connection.operation().await?;
                let edited = patiently(connection, &rescue, fs::edit(&mut operation, request)).await;
                connection.touch();
                edited
            })
            .await
    }
}

/// Does one thing, on a link that works.
async fn attempt(connection: &Connection, call: &Call) -> Result<Reply> {
    let (mut operation, rescue) = connection.operation().await?;
    let asked = async {
        fs::begin(&mut operation, call).await?;
        loop {
            // A sign of life comes again and again while the agent works.
            let answer = patiently(connection, &rescue, fs::answer_to(&mut operation, call)).await?;
            if let Some(reply) = answer {
                return Ok(reply);
            }
        }
    };
    let outcome = asked.await;
    connection.touch();
    outcome
}
