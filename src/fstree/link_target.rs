use std::ffi::CString;

use cofferdam_protocol::copy::Reason;

/// The longest target of a symbolic link that Linux allows, in bytes.
const MAX_TARGET: usize = 4095;

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
