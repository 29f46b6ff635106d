//! The directory for temporary files, where the usual one is small or may hold no programs.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use cofferdam_fstree::Deletion;
use nix::{
    fcntl::AT_FDCWD,
    sys::statvfs::{FsFlags, Statvfs, statvfs},
    unistd::{UnlinkatFlags, unlinkat},
};
use tokio::task::yield_now;

/// Where programs put temporary files unless they are told otherwise.
const USUAL: &str = "/tmp";

/// In less space than this, in bytes, package managers can't unpack larger packages.
const SMALL: u64 = 512 * 1024 * 1024;

/// Its name in the user's home directory.
const NAME: &str = ".cofferdam-tmp";

/// What the names of those of earlier runs begin with.
const OLD: &str = ".cofferdam-old-";

/// A directory that `TMPDIR` names.
pub struct Temporary {
    home: PathBuf,
}

impl Temporary {
    /// Makes the directory in the user's home directory if that is the better place; `None` otherwise. The calling thread must
    /// already have the user's filesystem ids.
    pub fn make(home: &str) -> Option<Self> {
        let (usual, other) = (statvfs(USUAL).ok()?, statvfs(home).ok()?);
        let is_unfit = is_noexec(&usual) || usual.blocks() * usual.fragment_size() < SMALL;
        if !is_unfit || is_noexec(&other) || available(&other) <= available(&usual) {
            return None;
        }
        let new = Self { home: home.into() };
        // A container that was killed has left its own, which may take long to delete.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let _ = fs::rename(new.path(), new.home.join(format!("{OLD}{now:x}")));
        DirBuilder::new().mode(0o700).create(new.path()).ok().map(|()| new)
    }

    /// The path.
    pub fn path(&self) -> PathBuf {
        self.home.join(NAME)
    }

    /// Deletes what earlier runs have left, while other work goes on.
    pub async fn tidy(&self) {
        let entries = fs::read_dir(&self.home).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(OLD.as_bytes()))
        {
            delete(&entry.path()).await;
        }
    }

    /// Deletes it.
    pub async fn remove(&self) {
        delete(&self.path()).await;
    }
}

/// Deletes a tree, or what commands have put in its place, as far as that is possible. Links are not followed.
async fn delete(path: &Path) {
    let Ok(mut deletion) = Deletion::of(AT_FDCWD, path) else {
        let _ = fs::remove_file(path);
        return;
    };
    while deletion.step() == Ok(true) {
        yield_now().await;
    }
    let _ = unlinkat(AT_FDCWD, path, UnlinkatFlags::RemoveDir);
}

fn is_noexec(found: &Statvfs) -> bool {
    found.flags().contains(FsFlags::ST_NOEXEC)
}

/// The space that is left, in bytes.
fn available(found: &Statvfs) -> u64 {
    found.blocks_available() * found.fragment_size()
}
