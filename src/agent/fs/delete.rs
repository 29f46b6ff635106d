use std::io;

use cofferdam_fstree::Deletion;
use cofferdam_protocol::{
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
    let reply = match delete(request).await {
        Ok(()) => DeleteReply::Done,
        Err(failure) => DeleteReply::Failed(failure),
    };
    message::send(output, &reply).await
}

async fn delete(request: &Delete) -> Result<(), Failure> {
    let (directory, name) = open_parent(&request.path)?;
    let found = fstatat(&directory, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failure)?;
    if file_type(&found) != libc::S_IFDIR {
        return unlinkat(&directory, name.as_c_str(), UnlinkatFlags::NoRemoveDir).map_err(failure);
    }
    if !request.recursive {
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
