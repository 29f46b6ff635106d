//! A file that stays open.

use cofferdam_protocol::{
    RawPath, Request,
    fs::{
        self,
        handle::{self, Open, Reply},
        stat::{Stat, Time},
    },
    wire::{limits::CHUNK, message},
};

use super::{
    super::{
        Operation,
        failure::{broken, violated},
        file::TOO_MUCH,
    },
    Subject,
    answers::answer,
};
use crate::error::Result;

/// A file that is open in a sandbox. Dropping it closes it. An operation that is dropped before it has ended leaves it unusable.
#[derive(Debug)]
pub struct OpenFile {
    operation: Operation,
    path: RawPath,
}

/// What is done with an open file besides reading and writing.
#[derive(Debug, Clone, Copy)]
pub enum Change {
    /// Cut it, or extend it with zeros.
    Truncate(u64),
    /// Wait until it is on disk.
    Sync,
    /// Change its mode.
    Mode(u32),
    /// Set when it was last read and last written.
    Times(Time, Time),
}

impl OpenFile {
    /// Opens a file.
    ///
    /// # Errors
    /// `FILE_ERROR`, `DISK_LIMIT`, `SANDBOX_LOST`.
    pub async fn open(mut operation: Operation, open: Open) -> Result<Self> {
        let path = open.path.clone();
        let request = Request::Fs(fs::Request::Open(open));
        message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
        match answer(&mut operation).await? {
            Reply::Done => Ok(Self { operation, path }),
            Reply::Failed(failure) => Err(Subject::new("open", &path, u64::MAX).failed(failure)),
            Reply::Data(_) | Reply::Stat(_) => Err(wrong()),
        }
    }

    /// Reads at most `length` bytes, from a position or from where the last read or write ended. None at the end.
    ///
    /// # Errors
    /// `FILE_ERROR`, `SANDBOX_LOST`.
    pub async fn read(&mut self, position: Option<u64>, length: usize) -> Result<Vec<u8>> {
        let length = length.min(CHUNK);
        let count = u32::try_from(length).unwrap_or(u32::MAX);
        self.send(&handle::Request::Read { position, length: count }).await?;
        let Self { operation, path } = self;
        match answer(operation).await? {
            Reply::Data(data) if data.len() <= length => Ok(data.to_vec()),
            Reply::Data(_) => Err(violated(TOO_MUCH)),
            Reply::Failed(failure) => Err(Subject::new("read", path, u64::MAX).failed(failure)),
            Reply::Done | Reply::Stat(_) => Err(wrong()),
        }
    }

    /// Writes at most a chunk, at a position or where the last read or write ended. Returns how much it was.
    ///
    /// # Errors
    /// `FILE_ERROR`, `DISK_LIMIT`, `SANDBOX_LOST`.
    pub async fn write(&mut self, position: Option<u64>, data: &[u8]) -> Result<usize> {
        let data = data.get(..CHUNK).unwrap_or(data);
        self.send(&handle::Request::Write { position, data }).await?;
        self.done("write").await.map(|()| data.len())
    }

    /// Changes it.
    ///
    /// # Errors
    /// `FILE_ERROR`, `DISK_LIMIT`, `SANDBOX_LOST`.
    pub async fn change(&mut self, change: Change) -> Result<()> {
        let (request, verb) = match change {
            Change::Truncate(length) => (handle::Request::Truncate { length }, "truncate"),
            Change::Sync => (handle::Request::Sync, "synchronize"),
            Change::Mode(mode) => (handle::Request::ChangeMode { mode }, "change the mode of"),
            Change::Times(accessed, modified) => {
                (handle::Request::SetTimes { accessed, modified }, "set the times of")
            }
        };
        self.send(&request).await?;
        self.done(verb).await
    }

    /// What it is.
    ///
    /// # Errors
    /// `FILE_ERROR`, `SANDBOX_LOST`.
    pub async fn stat(&mut self) -> Result<Stat> {
        self.send(&handle::Request::Stat).await?;
        let Self { operation, path } = self;
        match answer(operation).await? {
            Reply::Stat(stat) => Ok(stat),
            Reply::Failed(failure) => Err(Subject::new("examine", path, u64::MAX).failed(failure)),
            Reply::Done | Reply::Data(_) => Err(wrong()),
        }
    }

    async fn done(&mut self, verb: &'static str) -> Result<()> {
        let Self { operation, path } = self;
        match answer(operation).await? {
            Reply::Done => Ok(()),
            Reply::Failed(failure) => Err(Subject::new(verb, path, u64::MAX).failed(failure)),
            Reply::Data(_) | Reply::Stat(_) => Err(wrong()),
        }
    }

    async fn send(&mut self, request: &handle::Request<'_>) -> Result<()> {
        message::send(&mut self.operation.requests, request).await.map_err(|error| broken(&error))
    }
}

fn wrong() -> crate::error::Error {
    violated("the agent gave the answer to another request")
}
