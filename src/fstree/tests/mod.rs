//! Trees that are sent and received as between host and agent.

mod copies;
mod give;
mod hostile;
mod races;
mod usage;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{MetadataExt, PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
};

use cofferdam_protocol::{
    copy::{Attributes, Copied, Failure, Limits, Piece, Reason},
    wire::message::{self, MessageReader},
};
use futures_util::io::Cursor as Bytes;
use nix::{
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::Mode,
};

use super::*;

use crate::cursor::open_directory;

const LIMITS: Limits = Limits { entries: 100_000, bytes: 1 << 30 };

/// A temporary directory. It is deleted when dropped, however deep it is.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        // In memory if possible: deep trees are slow on a disk.
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        Self(directory.unwrap().keep())
    }

    /// On a disk, where the system counts blocks.
    fn on_disk() -> Self {
        Self(tempfile::tempdir().unwrap().keep())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        delete_tree(&self.0).unwrap();
    }
}

fn top(path: &Path) -> Result<std::os::fd::OwnedFd, Reason> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    open_top(path, |path, more| openat(AT_FDCWD, path, flags | more, Mode::empty()))
}

fn walk(path: &Path, limits: Limits) -> Walk {
    Walk::new(top(path).unwrap(), limits)
}

fn receiver(path: &Path, limits: Limits) -> Receiver {
    let open = |path: &Path| open_directory(AT_FDCWD, path);
    Receiver::new(Target::find(path, open, open).unwrap(), limits)
}

/// Receives these messages; gives how much was copied, and what went wrong.
async fn receive_messages(messages: Vec<u8>, to: &Path, limits: Limits) -> (Copied, Result<(), Failure>) {
    let mut receiver = receiver(to, limits);
    let outcome = receive(&mut receiver, &mut MessageReader::new(Bytes::new(messages))).await;
    let outcome = outcome.map_err(|unfinished| match unfinished {
        Unfinished::Sender(failure) | Unfinished::Receiver(failure) => failure,
        Unfinished::Lost(error) => panic!("{error}"),
    });
    (receiver.copied(), outcome)
}

async fn copy_within(from: &Path, to: &Path, limits: Limits) -> (Copied, Result<(), Failure>) {
    let mut messages = Vec::new();
    let sent = send(&mut walk(from, limits), &mut messages).await.unwrap();
    let (copied, received) = receive_messages(messages, to, limits).await;
    // A failure of the sender reaches the receiver.
    assert!(sent.is_ok() || received == sent, "{sent:?}, {received:?}");
    (copied, received)
}

async fn copy(from: &Path, to: &Path) -> (Copied, Result<(), Failure>) {
    copy_within(from, to, LIMITS).await
}

/// Everything below a directory: path to kind, mode and content.
fn listing(top: &Path) -> BTreeMap<OsString, String> {
    let mut found = BTreeMap::new();
    let mut rest = vec![PathBuf::new()];
    while let Some(place) = rest.pop() {
        for entry in fs::read_dir(top.join(&place)).unwrap() {
            let path = place.join(entry.unwrap().file_name());
            let full = top.join(&path);
            let metadata = full.symlink_metadata().unwrap();
            let what = if metadata.is_dir() {
                rest.push(path.clone());
                format!("directory {:o}", metadata.mode() & 0o7777)
            } else if metadata.is_symlink() {
                format!("link {}", fs::read_link(&full).unwrap().display())
            } else {
                let content = String::from_utf8_lossy(&fs::read(&full).unwrap()).into_owned();
                format!("file {:o} {content}", metadata.mode() & 0o7777)
            };
            found.insert(path.into_os_string(), what);
        }
    }
    found
}

fn names(top: &Path) -> Vec<OsString> {
    listing(top).into_keys().collect()
}
