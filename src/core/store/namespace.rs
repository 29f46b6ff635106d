use std::{fs, io, path::Path};

use super::new_file::write_new;
use crate::hex::random_hex;

/// Reads the namespace from a file, or creates the file with a random one.
///
/// # Errors
/// Those of the system; `InvalidData` when the file holds anything else.
pub fn read_or_make(path: &Path) -> io::Result<String> {
    loop {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(text) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                return Ok(text);
            }
            Ok(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the file does not contain a namespace of 12 hexadecimal digits",
                ));
            }
            Err(error) => return Err(error),
        }
        match write_new(path, random_hex()?.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
}
