use std::ffi::CString;

use cofferdam_protocol::copy::Reason;

/// The longest name that Linux allows, in bytes.
const MAX_NAME: usize = 255;

/// Checks that a name is that of an entry, and not a path to another place.
///
/// # Errors
/// [`Reason::Name`] when it is not.
pub fn entry_name(name: &[u8]) -> Result<CString, Reason> {
    if name.is_empty() || name.len() > MAX_NAME || matches!(name, b"." | b"..") || name.contains(&b'/') {
        return Err(Reason::Name);
    }
    CString::new(name).map_err(|_| Reason::Name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_not_a_path_to_another_place() {
        for name in
            [&b"a"[..], b"...", b"-rf", b"new\nline", b"\xff\xfe", b" ", b".cofferdam-1", &[b'n'; 255]]
        {
            assert_eq!(entry_name(name).unwrap().as_bytes(), name);
        }
        for name in [&b""[..], b".", b"..", b"a/b", b"/", b"/etc", b"a/", b"a\0", &[b'n'; 256]] {
            assert_eq!(entry_name(name), Err(Reason::Name), "{name:?}");
        }
    }
}
