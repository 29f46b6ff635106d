use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::hex::random_hex;

/// Writes a file where there is none: aside and linked, so that of two processes one wins and nobody reads half of it.
///
/// # Errors
/// `AlreadyExists`; what the system gives. Nothing is left then.
pub fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let aside = path.with_extension(random_hex()?);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    let written = file.write_all(content).and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    written.and(removed)
}
