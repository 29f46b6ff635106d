use std::{
    fs,
    os::unix::fs::symlink,
    process::{Command, Stdio},
};

use super::*;
use crate::error::Code;

fn refused(path: &Path) -> bool {
    match check("mounts", path) {
        Ok(()) => false,
        Err(error) => {
            assert_eq!(error.code(), Code::InvalidArgument);
            assert!(error.message().starts_with("mounts: "), "{}", error.message());
            true
        }
    }
}

#[test]
fn directories_of_the_system_are_rejected_with_all_that_is_below_and_above_them() {
    for system in SYSTEM {
        let below = Path::new(system).join("some/thing");
        assert!(refused(&below), "{}", below.display());
        for path in Path::new(system).ancestors() {
            assert!(refused(path), "{}", path.display());
        }
    }
    for shared in SHARED {
        assert!(refused(Path::new(shared)), "{shared}");
    }
}

#[test]
fn only_plain_absolute_paths_are_accepted() {
    for path in ["", "relative", "./x", "/srv/../etc", "/srv/x/.."] {
        assert!(refused(Path::new(path)), "{path:?}");
    }
    let missing = Path::new("/srv/no/such/directory");
    assert!(find("mounts", missing).unwrap().is_none());
}

#[test]
fn what_is_missing_is_rejected_under_every_name_that_leads_there() {
    let directory = tempfile::tempdir().unwrap();
    symlink("/", directory.path().join("root")).unwrap();
    symlink("root/usr", directory.path().join("usr")).unwrap();
    for alias in
        ["root/etc/missing", "root/usr/lib/missing/x", "usr/lib/missing", "root/var/lib/docker/missing"]
    {
        assert!(refused(&directory.path().join(alias)), "{alias}");
    }
    for missing in ["missing/x", "root/srv/missing"] {
        let missing = directory.path().join(missing);
        assert!(find("mounts", &missing).unwrap().is_none());
    }
}

#[test]
fn a_directory_of_a_project_is_accepted_and_its_links_are_resolved() {
    let directory = tempfile::tempdir().unwrap();
    let (project, link) = (directory.path().join("project"), directory.path().join("link"));
    fs::create_dir(&project).unwrap();
    symlink(&project, &link).unwrap();
    if nix::unistd::geteuid().is_root() {
        let found = find("mounts", &link).unwrap().unwrap();
        assert_eq!(found.path(), project.canonicalize().unwrap());
    }
    check("mounts", &project).unwrap();
}

#[test]
fn a_symbolic_link_to_anything_rejected_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    let mut targets: Vec<_> = SYSTEM.iter().chain(&SHARED).map(Path::new).collect();
    targets.extend(SYSTEM.iter().flat_map(|system| Path::new(system).ancestors().skip(1)));
    for (number, target) in targets.into_iter().filter(|target| target.exists()).enumerate() {
        let link = directory.path().join(format!("link-{number}"));
        symlink(target, &link).unwrap();
        assert!(refused(&link), "{}", target.display());
        let chain = directory.path().join(format!("chain-{number}"));
        symlink(&link, &chain).unwrap();
        assert!(refused(&chain), "{}", target.display());
    }
}

#[test]
fn a_socket_is_rejected_under_any_name() {
    let directory = tempfile::tempdir().unwrap();
    let (socket, hard, soft) =
        (directory.path().join("s"), directory.path().join("hard"), directory.path().join("soft"));
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    fs::hard_link(&socket, &hard).unwrap();
    symlink(&socket, &soft).unwrap();
    for path in [socket, hard, soft] {
        assert!(refused(&path), "{}", path.display());
    }
}

/// Mounts that end with the test.
struct BindMount(PathBuf);

impl BindMount {
    /// `None` where this process may not mount.
    fn new(source: &Path, target: &Path) -> Option<Self> {
        let mut mount = Command::new("mount");
        let mounted = mount.arg("--bind").args([source, target]).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(target.to_owned()))
    }
}

impl Drop for BindMount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_bind_mount_of_anything_rejected_is_rejected() {
    let directory = tempfile::tempdir().unwrap();
    for source in ["/", "/etc", "/var", "/usr", "/home", "/root"] {
        let alias = directory.path().join("alias");
        fs::create_dir_all(&alias).unwrap();
        let Some(mount) = BindMount::new(Path::new(source), &alias) else {
            assert!(!nix::unistd::geteuid().is_root(), "root could not bind-mount {source}");
            return;
        };
        assert!(refused(&alias), "an alias of {source}");
        // Whatever holds the alias would give it away as well.
        if matches!(source, "/" | "/etc" | "/usr") {
            assert!(refused(directory.path()), "the directory that holds an alias of {source}");
        }
        if source == "/" {
            assert!(refused(&alias.join("etc/ssl")), "a directory below an alias of /");
        }
        drop(mount);
    }
}

#[test]
fn an_alias_of_an_engines_socket_is_rejected_and_so_is_the_directory_that_holds_it() {
    let Some(socket) = ENGINE_SOCKETS.iter().map(Path::new).find(|socket| socket.exists()) else { return };
    let directory = tempfile::tempdir().unwrap();
    let alias = directory.path().join("innocent");
    fs::write(&alias, "").unwrap();
    let Some(_mount) = BindMount::new(socket, &alias) else { return };
    assert!(refused(&alias));
    assert!(refused(directory.path()));
}

#[test]
fn paths_of_mounts_are_read_as_the_kernel_writes_them() {
    assert_eq!(unescape(r"/mnt/a\040b\011c\134d"), PathBuf::from("/mnt/a b\tc\\d"));
    assert_eq!(unescape(r"/mnt/x\"), PathBuf::from(r"/mnt/x\"));
}
