use std::{fs, io, path::Path};

use crate::{hex::random_hex, sandbox::new_file::write_new};

/// Reads the namespace, or makes one.
///
/// # Errors
/// What the system gives; `InvalidData` for a file that holds something else.
pub fn read_or_make(path: &Path) -> io::Result<String> {
    loop {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(text) if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                return Ok(text);
            }
            Ok(_) => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the file does not hold a namespace"));
            }
            Err(error) => return Err(error),
        }
        match write_new(path, random_hex()?.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
}
