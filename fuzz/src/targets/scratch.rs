//! A directory for one input, with something outside that must stay as it is.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
};

use cofferdam_fstree::delete_tree;

/// `target`, which an input may fill, and beside it `outside`, which is another's.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Self {
        // In memory if possible.
        let root = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap().keep();
        let at = |name: &str| root.join(name);
        fs::create_dir(at("outside")).unwrap();
        fs::write(at("outside/secret"), "secret").unwrap();
        fs::create_dir_all(at("target/dir")).unwrap();
        fs::write(at("target/file"), "old").unwrap();
        // What hostile code can have put there before.
        symlink("../outside", at("target/out")).unwrap();
        symlink("../outside/secret", at("target/dir/out")).unwrap();
        symlink(at("outside"), at("target/absolute")).unwrap();
        Self(root)
    }

    pub fn target(&self) -> PathBuf {
        self.0.join("target")
    }

    /// Everything but what is in `target`, with all that writing, replacing or changing attributes would change.
    pub fn outside(&self) -> BTreeMap<PathBuf, (u64, u32, u64, i64, i64)> {
        let mut found = BTreeMap::new();
        for directory in [self.0.clone(), self.0.join("outside")] {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.ends_with("target") {
                    continue;
                }
                let metadata = path.symlink_metadata().unwrap();
                let identity = (
                    metadata.ino(),
                    metadata.mode(),
                    metadata.size(),
                    metadata.mtime_nsec(),
                    metadata.ctime_nsec(),
                );
                found.insert(path, identity);
            }
        }
        found
    }
}

/// Visits everything below a directory, with its depth; follows nothing.
pub fn visit(top: &Path, see: &mut impl FnMut(&Path, usize)) {
    let mut rest = vec![(top.to_owned(), 0)];
    while let Some((place, depth)) = rest.pop() {
        let Ok(entries) = fs::read_dir(&place) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            see(&path, depth);
            if path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
                rest.push((path, depth + 1));
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        delete_tree(&self.0).unwrap();
    }
}
