use std::ffi::CString;

use cofferdam_protocol::copy::Reason;

/// The longest name that Linux allows, in bytes.
const MAX_NAME: usize = 255;

/// The longest target of a symbolic link that Linux allows, in bytes.
const MAX_TARGET: usize = 4095;

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

/// Checks that the target of a symbolic link stays in its tree, whatever other links the tree contains. `depth` is the
/// number of directories between the link and the top. The target may start with up to `depth` times `..` and then only
/// goes down: a `..` after a name could leave the tree, because the name may be that of a link.
///
/// # Errors
/// [`Reason::Link`] when it may leave the tree.
pub fn link_target(target: &[u8], depth: usize) -> Result<CString, Reason> {
    let names = target.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    let up = names.clone().take_while(|name| *name == b"..").count();
    let inside = !target.starts_with(b"/") && up <= depth && !names.skip(up).any(|name| name == b"..");
    if target.is_empty() || target.len() > MAX_TARGET || !inside {
        return Err(Reason::Link);
    }
    CString::new(target).map_err(|_| Reason::Link)
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

    #[test]
    fn a_link_stays_in_the_tree() {
        for (target, depth) in
            [("a", 0), ("./a/./b//c", 0), ("..", 1), ("../../x/y", 2), ("...", 0), ("a/..b", 0), (".", 0)]
        {
            assert!(link_target(target.as_bytes(), depth).is_ok(), "{target}");
        }
        for (target, depth) in
            [("", 0), ("/", 5), ("/etc/passwd", 5), ("..", 0), ("../../x", 1), ("./../..", 1)]
        {
            assert_eq!(link_target(target.as_bytes(), depth), Err(Reason::Link), "{target}");
        }
        // If `a` is a link, its `..` can be anywhere.
        assert_eq!(link_target(b"a/../b", 3), Err(Reason::Link));
        assert_eq!(link_target(&[b'n'; 4096], 0), Err(Reason::Link));
        assert_eq!(link_target(b"a\0b", 0), Err(Reason::Link));
    }
}
