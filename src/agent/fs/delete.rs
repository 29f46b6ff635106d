use std::{io, path::Path};

use cofferdam_fstree::{Deletion, describe};
use cofferdam_protocol::{
    RawPath,
    file::{Delete, DeleteReply, Failure, Kind},
    wire::message,
};
use futures_util::io::AsyncWrite;
use nix::{
    errno::Errno,
    fcntl::AtFlags,
    sys::stat::{fstatat, stat},
    unistd::{UnlinkatFlags, unlinkat},
};
use tokio::task::yield_now;

use super::{
    failure::{failure, file_type},
    place::open_parent,
};

use crate::workspace::WORKSPACE;

/// Deletes a file, a link or a tree. Other operations go on while a large tree is deleted.
pub async fn run<W: AsyncWrite + Unpin>(request: &Delete, output: &mut W) -> io::Result<()> {
    let reply = match delete(&request.path, request.recursive).await {
        Ok(()) => DeleteReply::Done,
        Err(failure) => DeleteReply::Failed(failure),
    };
    message::send(output, &reply).await
}

/// Deletes a file, a link or a tree, as `node:fs` does it: with `force`, what does not exist is fine.
pub async fn remove(path: &RawPath, recursive: bool, force: bool) -> Result<(), Failure> {
    match delete(path, recursive).await {
        Err(Failure::System(error)) if force && error == describe(Errno::ENOENT) => Ok(()),
        outcome => outcome,
    }
}

async fn delete(path: impl AsRef<Path>, recursive: bool) -> Result<(), Failure> {
    let (directory, name) = open_parent(path)?;
    let found = fstatat(&directory, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failure)?;
    if file_type(&found) != libc::S_IFDIR {
        return unlinkat(&directory, name.as_c_str(), UnlinkatFlags::NoRemoveDir).map_err(failure);
    }
    if !recursive {
        return Err(Failure::NotRegular(Kind::Directory));
    }
    // The workspace itself can't be deleted. The system would only say so after deleting everything in it.
    let workspace = stat(WORKSPACE).map_err(failure)?;
    if (workspace.st_dev, workspace.st_ino) == (found.st_dev, found.st_ino) {
        return Err(failure(Errno::EBUSY));
    }
    let mut deletion = Deletion::of(&directory, name.as_c_str()).map_err(failure)?;
    while deletion.step().map_err(failure)? {
        yield_now().await;
    }
    unlinkat(&directory, name.as_c_str(), UnlinkatFlags::RemoveDir).map_err(failure)
}
