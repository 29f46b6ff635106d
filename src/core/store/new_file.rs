use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::hex::random_hex;

/// Creates a file with this content. It is written under another name and then linked, so one of two processes wins
/// and no reader sees half of it.
///
/// # Errors
/// `AlreadyExists`; those of the system. Nothing is left behind.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, |_| Ok(()))
}

/// As [`write_new`], for a file without which others are worth nothing: it is on the disk before this returns.
///
/// # Errors
/// As [`write_new`].
pub fn write_new_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, File::sync_all)?;
    File::open(path.parent().unwrap_or(path))?.sync_all()
}

fn write(path: &Path, content: &[u8], sync: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let aside = path.with_extension(random_hex::<6>()?);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    let written =
        file.write_all(content).and_then(|()| sync(&file)).and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    written.and(removed)
}
