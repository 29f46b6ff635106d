use std::{
    ffi::OsStr,
    fs,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Component, Path, PathBuf},
    sync::LazyLock,
};

use cofferdam_core::config::host_paths;

use crate::target::Target;

/// The policy of host paths: what it refuses by name it refuses under every other name.
pub const TARGET: Target =
    Target { name: "host_paths", check, memory: 4 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"/etc",
    b"/proc/self/root",
    b"/proc/self/cwd",
    b"/var/run/docker.sock",
    b"/var/lib/docker",
    b"/dev/fd/0",
    b"/usr/bin",
    b"/bin",
    b"/sys",
    b"/tmp",
    b"/",
    b"//",
    b"/./",
    b"/../",
    b"..",
    b".",
    b"\0",
    b"/home/x",
    b"/srv/data",
    b"/run",
    b"/new",
];

/// A directory that holds links to the root and to `/usr`.
static LINKS: LazyLock<PathBuf> = LazyLock::new(|| {
    let links = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/fuzz/links");
    fs::create_dir_all(&links).unwrap();
    for (target, name) in [("/", "root"), ("/usr", "usr"), ("root", "again")] {
        // It is there from an earlier run.
        let _ = symlink(target, links.join(name));
    }
    fs::canonicalize(links).unwrap()
});

fn check(input: &[u8]) {
    let path = Path::new(OsStr::from_bytes(input));
    let accepted = |path: &Path| host_paths::check("mounts", path).is_ok();
    if accepted(path) {
        assert!(path.is_absolute(), "it is relative");
        assert!(!path.components().any(|component| component == Component::ParentDir), "it has ..");
        return;
    }
    // Refused: so is everything else that leads there.
    let Ok(relative) = path.strip_prefix("/") else { return };
    if input.contains(&0) || path.components().any(|component| component == Component::ParentDir) {
        return;
    }
    let text = input.strip_prefix(b"/").unwrap_or(input);
    let bytes = |parts: &[&[u8]]| PathBuf::from(OsStr::from_bytes(&parts.concat()));
    let mut aliases =
        vec![bytes(&[b"//", text]), bytes(&[b"/./", text]), bytes(&[input, b"/"]), bytes(&[input, b"/."])];
    // What `/proc/self/root/new` names is not below `/proc`, though refused like all that looks so.
    if !path.starts_with("/proc") {
        aliases.extend(["root", "again"].map(|link| LINKS.join(link).join(relative)));
    }
    aliases.extend(relative.strip_prefix("usr").map(|below| LINKS.join("usr").join(below)));
    for alias in aliases {
        assert!(!accepted(&alias), "{} is refused, {} is accepted", path.display(), alias.display());
    }
}
