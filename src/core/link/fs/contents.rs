//! The content of files.

use cofferdam_protocol::fs::{
    self, Written,
    lines::{Event, Lines},
};

use super::{
    super::{
        Link,
        failure::violated,
        file::{NewFile, TOO_MUCH, exchange, send},
    },
    Subject,
    answers::{answer, ask},
};
use crate::error::{Error, Result};

/// Some lines of a file, and how many it has.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE`, `SANDBOX_LOST`.
pub async fn lines(link: &Link, request: &Lines) -> Result<(Vec<u8>, u64)> {
    let mut operation = link.begin().await?;
    ask(&mut operation, fs::Request::Lines(request.clone())).await?;
    let mut found = Vec::new();
    loop {
        match answer(&mut operation).await? {
            Event::Data(data) => {
                found.extend_from_slice(data);
                if found.len() as u64 > request.limit {
                    return Err(violated(TOO_MUCH));
                }
            }
            Event::End { total } => return Ok((found, total)),
            Event::Failed(failure) => {
                return Err(Subject::new("read", &request.path, request.limit).failed(failure));
            }
        }
    }
}

/// Writes several files in one go. Stops at the first that can't be written.
///
/// # Errors
/// `FILE_ERROR`, `FILE_TOO_LARGE` and `DISK_LIMIT`, with the detail `written`: how many files were; `SANDBOX_LOST`.
pub async fn write_all(link: &Link, files: &[(NewFile, Vec<u8>)], limit: u64) -> Result<()> {
    let mut operation = link.begin().await?;
    let count = u32::try_from(files.len()).map_err(|_| Error::invalid("files", "too many files"))?;
    ask(&mut operation, fs::Request::WriteAll(count)).await?;
    let sending = async |requests: &mut _| {
        for (file, content) in files {
            let size = content.len() as u64;
            send(&mut *requests, content, |data| file.message(size, data)).await?;
        }
        Ok(())
    };
    let Written { count: written, failure } = exchange(&mut operation, sending).await?;
    let failed = files.get(usize::try_from(written).unwrap_or(usize::MAX));
    match (failure, failed) {
        (None, None) => Ok(()),
        (Some(failure), Some((file, _))) => {
            Err(Subject::new("write", &file.path, limit).failed(failure).detail("written", written))
        }
        _ => Err(violated("the agent wrote another number of files")),
    }
}
