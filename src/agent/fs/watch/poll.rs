use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsStr,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::Path,
};

use cofferdam_protocol::{
    file::Failure,
    fs::watch::{Change, Kind, Watch},
};
use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AT_FDCWD, AtFlags, OFlag},
    sys::stat::{FileStat, Mode, fstat, fstatat},
};
use tokio::task::yield_now;

use super::super::{
    failure::{failure, file_type},
    open::{in_workspace, open},
};

/// The most names that are compared.
const MOST: usize = 200_000;

/// What changes when a file does.
type Facts = (u64, u64, u32, i64, (i64, i64), (i64, i64));

/// Finds changes by looking again and again.
pub struct Poll(BTreeMap<Vec<u8>, Facts>);

impl Poll {
    /// Looks for the first time.
    pub async fn begin(request: &Watch) -> Result<Self, Failure> {
        look(request).await.map(Self)
    }

    /// What has changed since the last time. After [`Failure::TooMany`], the next call compares with a later look.
    pub async fn changes(&mut self, request: &Watch) -> Result<Vec<Change>, Failure> {
        let now = look(request).await?;
        let changes = compare(&self.0, &now);
        self.0 = now;
        Ok(changes)
    }
}

fn compare(before: &BTreeMap<Vec<u8>, Facts>, now: &BTreeMap<Vec<u8>, Facts>) -> Vec<Change> {
    let mut gone: HashMap<(u64, u64), &Vec<u8>> = HashMap::new();
    for (path, (device, inode, ..)) in before {
        if !now.contains_key(path) {
            gone.insert((*device, *inode), path);
        }
    }
    let mut changes = Vec::new();
    for (path, facts @ (device, inode, ..)) in now {
        let change = |kind, from: Option<&Vec<u8>>| Change {
            kind,
            path: path.clone().into(),
            from: from.map(|from| from.clone().into()),
        };
        match before.get(path) {
            Some(known) if known == facts => {}
            Some(_) => changes.push(change(Kind::Change, None)),
            None => match gone.remove(&(*device, *inode)) {
                Some(from) => changes.push(change(Kind::Rename, Some(from))),
                None => changes.push(change(Kind::Create, None)),
            },
        }
    }
    let mut deleted: Vec<_> = gone.into_values().collect();
    deleted.sort_unstable();
    let deleted =
        deleted.into_iter().map(|path| Change { kind: Kind::Delete, path: path.clone().into(), from: None });
    changes.extend(deleted);
    changes
}

async fn look(request: &Watch) -> Result<BTreeMap<Vec<u8>, Facts>, Failure> {
    let root = open(AT_FDCWD, &in_workspace(&request.path), OFlag::O_PATH).map_err(failure)?;
    let stat = fstat(&root).map_err(failure)?;
    let mut found = BTreeMap::from([(Vec::new(), facts(&stat))]);
    let mut pending = Vec::new();
    if file_type(&stat) == libc::S_IFDIR {
        pending.push(Vec::new());
    }
    while let Some(path) = pending.pop() {
        // One that is gone, or may not be read, has no names.
        let Ok(entries) = entries(&root, &path) else { continue };
        for (name, stat) in entries {
            let path = if path.is_empty() { name } else { [&path, &b"/"[..], &name].concat() };
            if request.recursive && file_type(&stat) == libc::S_IFDIR {
                pending.push(path.clone());
            }
            found.insert(path, facts(&stat));
            if found.len() > MOST {
                return Err(Failure::TooMany);
            }
        }
        yield_now().await;
    }
    Ok(found)
}

fn entries(root: &OwnedFd, path: &[u8]) -> Result<Vec<(Vec<u8>, FileStat)>, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let path = if path.is_empty() { Path::new(".") } else { Path::new(OsStr::from_bytes(path)) };
    let directory = open(root, path, flags)?;
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut entries = Vec::new();
    for entry in Dir::openat(&directory, ".", flags, Mode::empty())?.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if let Ok(stat) = fstatat(&directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            entries.push((name.to_bytes().to_vec(), stat));
        }
        if entries.len() > MOST {
            break;
        }
    }
    Ok(entries)
}

fn facts(stat: &FileStat) -> Facts {
    // What is in a directory changes its times and size; its names are reported one by one.
    let is_directory = file_type(stat) == libc::S_IFDIR;
    let times = ((stat.st_mtime, stat.st_mtime_nsec), (stat.st_ctime, stat.st_ctime_nsec));
    let (size, (modified, changed)) =
        if is_directory { (0, Default::default()) } else { (stat.st_size, times) };
    (stat.st_dev, stat.st_ino, stat.st_mode, size, modified, changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_from_renames() {
        let facts = |inode, size| -> Facts { (1, inode, 0o100_644, size, (0, 0), (0, 0)) };
        let at = |entries: &[(&str, u64, i64)]| {
            entries
                .iter()
                .map(|(path, inode, size)| (path.as_bytes().to_vec(), facts(*inode, *size)))
                .collect()
        };
        let before = at(&[("gone", 1, 0), ("old", 2, 0), ("same", 3, 0), ("written", 4, 0)]);
        let now = at(&[("made", 9, 0), ("new", 2, 0), ("same", 3, 0), ("written", 4, 1)]);
        let changes: Vec<_> = compare(&before, &now)
            .into_iter()
            .map(|change| {
                (
                    change.kind,
                    change.path.text().into_owned(),
                    change.from.map(|from| from.text().into_owned()),
                )
            })
            .collect();
        let told = |kind, path: &str, from: Option<&str>| (kind, path.to_owned(), from.map(str::to_owned));
        assert_eq!(
            changes,
            [
                told(Kind::Create, "made", None),
                told(Kind::Rename, "new", Some("old")),
                told(Kind::Change, "written", None),
                told(Kind::Delete, "gone", None),
            ]
        );
    }
}
