use std::{fs::File, os::unix::fs::FileExt};

/// The beginning of a file of the kernel's that stays open and is read by position: one system call. `None` if it can't be read.
pub fn read<const SIZE: usize>(file: &File) -> Option<String> {
    let mut bytes = [0; SIZE];
    let length = file.read_at(&mut bytes, 0).ok()?;
    Some(String::from_utf8_lossy(bytes.get(..length)?).into_owned())
}
