use std::{fs, io, path::Path};

use super::new_file::write_new_durably;
use crate::hex::random_hex;

/// Reads a random id of `2 * BYTES` hexadecimal digits from a file, or creates the file with the former one, or else a new one.
///
/// # Errors
/// Those of the system; `InvalidData` when the file holds anything else.
pub fn read_or_make<const BYTES: usize>(path: &Path, former: Option<&str>) -> io::Result<String> {
    let digits = 2 * BYTES;
    loop {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Ok(text) if text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                return Ok(text);
            }
            Ok(_) => {
                let message = format!("{} does not contain {digits} hexadecimal digits", path.display());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            Err(error) => return Err(error),
        }
        let id = former.map_or_else(random_hex::<BYTES>, |former| Ok(former.to_owned()))?;
        match write_new_durably(path, id.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
}
