use cofferdam_core::config::{
    guest_path::{relative_to_workspace, validate_path},
    mount::validate_target,
};

use crate::target::Target;

/// Paths in a sandbox: of files, and of mounts.
pub const TARGET: Target =
    Target { name: "guest_paths", check, memory: 1 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"/workspace",
    b"/proc",
    b"/sys",
    b"/.cofferdam",
    b"/run/cofferdam",
    b"/",
    b"//",
    b"/./",
    b"/../",
    b"..",
    b".",
    b"\0",
    b"a",
];

/// What no mount may hide.
const NEEDED: [&str; 4] = ["/.cofferdam", "/run/cofferdam", "/proc", "/sys"];

fn check(input: &[u8]) {
    let path = String::from_utf8_lossy(input);
    if validate_path(&path).is_ok() {
        let relative = relative_to_workspace(&path);
        assert!(!relative.is_empty(), "{path:?} has become empty");
        assert_eq!(place(relative), place(&path), "{path:?} has become another path");
    }
    if validate_target("mounts", &path).is_ok() {
        let place = place(&path);
        let within = |needed: &&str| place == **needed || place.starts_with(&format!("{needed}/"));
        assert!(path.starts_with('/') && !path.contains('\0'), "{path:?} is no absolute path");
        assert!(!matches!(place.as_str(), "/" | "/workspace"), "{path:?} hides the workspace");
        assert!(!NEEDED.iter().any(within), "{path:?} hides what a sandbox needs");
    }
}

/// The absolute path, without what means nothing.
fn place(path: &str) -> String {
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/workspace/{path}") };
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            // A link may be before it, so it is not resolved.
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}
