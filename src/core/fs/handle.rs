use std::sync::Arc;

use cofferdam_protocol::fs::{handle::Open, stat::Stat};
use tokio::sync::Mutex;

use super::patience::patiently;
use crate::{
    container::{Connection, rescue::Rescue},
    error::{Code, Error, Result},
    link::fs::{Change, OpenFile},
};

/// A file that is open in a sandbox. It is closed when it is dropped, and with its container. Operations take turns.
pub struct FileHandle {
    connection: Arc<Connection>,
    rescue: Rescue,
    /// `None` once it is closed, or an operation was given up halfway.
    file: Mutex<Option<OpenFile>>,
}

impl FileHandle {
    pub(super) async fn open(connection: Arc<Connection>, open: Open) -> Result<Self> {
        let opened = async {
            let _busy = connection.begin();
            let (operation, rescue) = connection.stream().await?;
            let opened = patiently(&connection, &rescue, OpenFile::open(operation, open)).await;
            connection.touch();
            opened.map(|file| (file, rescue))
        };
        let (file, rescue) = connection.unless_closed(opened).await?;
        Ok(Self { connection, rescue, file: Mutex::new(Some(file)) })
    }

    /// Reads at most `length` bytes, and at most one chunk, from a position or from where the last read or write ended. None at
    /// the end.
    ///
    /// # Errors
    /// `FILE_ERROR` with the detail `errno` `EBADF` when it is closed; `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`.
    pub async fn read(&self, position: Option<u64>, length: usize) -> Result<Vec<u8>> {
        self.with(async |file| file.read(position, length).await).await
    }

    /// Writes all of these bytes, at a position or where the last read or write ended.
    ///
    /// # Errors
    /// As [`Self::read`]; `DISK_LIMIT`.
    pub async fn write(&self, mut position: Option<u64>, mut data: &[u8]) -> Result<()> {
        while !data.is_empty() {
            let written = self.with(async |file| file.write(position, data).await).await?;
            position = position.map(|position| position + written as u64);
            data = data.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Changes it.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub async fn change(&self, change: Change) -> Result<()> {
        self.with(async |file| file.change(change).await).await
    }

    /// What it is.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn stat(&self) -> Result<Stat> {
        self.with(async |file| file.stat().await).await
    }

    /// Closes it after the operations in progress.
    pub async fn close(&self) {
        self.file.lock().await.take();
    }

    async fn with<T>(&self, work: impl AsyncFnOnce(&mut OpenFile) -> Result<T>) -> Result<T> {
        let mut place = self.file.lock().await;
        // Put back only when the answer has come: otherwise the next operation would take it for its own.
        let mut file = place.take().ok_or_else(closed)?;
        let _busy = self.connection.begin();
        let outcome =
            self.connection.unless_closed(patiently(&self.connection, &self.rescue, work(&mut file))).await;
        self.connection.touch();
        let is_usable = outcome
            .as_ref()
            .err()
            .is_none_or(|error| matches!(error.code(), Code::FileError | Code::DiskLimit));
        if is_usable {
            *place = Some(file);
        }
        outcome
    }
}

fn closed() -> Error {
    Error::new(Code::FileError, "the file handle is closed").detail("errno", "EBADF")
}
