use cofferdam_protocol::{
    file::Failure,
    fs::call::{Call, Reply},
};

use super::{access::access, change, copy, delete::remove, make, resolve, stat};

use crate::disk::DiskLimit;

/// Does one thing.
pub async fn perform(disk: &DiskLimit, call: Call) -> Result<Reply, Failure> {
    let done = |()| Reply::Done;
    match call {
        Call::Access { path, mode } => access(&path, mode).map(done),
        Call::ChangeMode { path, mode } => change::mode(&path, mode).map(done),
        Call::CopyFile { from, to, exclusive } => copy::file(disk, &from, &to, exclusive).await.map(done),
        Call::Copy(request) => copy::tree(disk, &request).await.map(done),
        Call::MakeDirectory { path, mode, recursive: false } => make::directory(&path, mode).map(done),
        Call::MakeDirectory { path, mode, recursive: true } => {
            make::directories(&path, mode).map(|first| first.map_or(Reply::Done, Reply::Path))
        }
        Call::MakeTemporary { prefix } => make::temporary(&prefix).map(Reply::Path),
        Call::ReadLink { path } => resolve::link(&path).map(Reply::Path),
        Call::RealPath { path } => resolve::path(&path).map(Reply::Path),
        Call::Remove { path, recursive, force } => remove(&path, recursive, force).await.map(done),
        Call::RemoveDirectory { path } => change::remove_directory(&path).map(done),
        Call::Rename { from, to } => change::rename(&from, &to).map(done),
        Call::SetTimes { path, accessed, modified } => change::times(&path, accessed, modified).map(done),
        Call::Space { path } => stat::space(&path).map(Reply::Space),
        Call::Stat { path, follow } => stat::stat(&path, follow).map(Reply::Stat),
        Call::MakeLink { target, path } => change::make_link(&target, &path).map(done),
        Call::Truncate { path, length } => change::truncate(disk, &path, length).await.map(done),
        Call::Unlink { path } => change::unlink(&path).map(done),
    }
}
