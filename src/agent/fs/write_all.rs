use std::io;

use cofferdam_protocol::{
    file::{Failure, Write},
    fs::Written,
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};

use super::write::replace;

use crate::disk::DiskLimit;

/// Writes several files, one after the other, until one can't be written.
pub async fn run<R, W>(
    disk: &DiskLimit,
    count: u32,
    mut input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut written = Written { count: 0, failure: None };
    while written.count < count {
        match next(disk, &mut input).await? {
            Ok(()) => written.count += 1,
            Err(failure) => {
                written.failure = Some(failure);
                break;
            }
        }
    }
    disk.touch();
    message::send(output, &written).await
}

async fn next<R: AsyncRead + Unpin>(
    disk: &DiskLimit,
    input: &mut MessageReader<R>,
) -> io::Result<Result<(), Failure>> {
    let Some(request) = input.next::<Write>().await? else {
        return Err(io::ErrorKind::UnexpectedEof.into());
    };
    // The first bytes are in the reader's buffer, which the next messages overwrite.
    let (path, data) = (request.path, request.data.to_vec());
    let request =
        Write { path, size: request.size, mode: request.mode, parents: request.parents, data: &data };
    replace(disk, &request, input).await
}
