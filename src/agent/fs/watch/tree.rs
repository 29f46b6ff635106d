use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use cofferdam_protocol::{
    file::Failure,
    fs::watch::{Change, Kind, Watch},
};
use nix::{
    dir::{Dir, Type},
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag},
    sys::stat::{Mode, fstat},
};
use tokio::{task::yield_now, time::timeout};

use super::{
    super::{
        failure::{failure, file_type},
        open::{in_workspace, open, open_directory, open_regular, path_of},
    },
    instance::{Instance, Subscriber},
    raw::Raw,
};

/// How long the second half of a rename may take.
const RENAME: Duration = Duration::from_millis(10);

/// Why something is not watched.
pub enum Unwatched {
    /// The system has no watches left.
    NoneLeft,
    /// It can't be watched.
    Failed(Failure),
}

/// Names in a directory, each with whether it may be a directory.
type Names = Vec<(Vec<u8>, bool)>;

/// A directory or a file that is watched, with the directories below it.
pub struct Tree {
    instance: Rc<Instance>,
    subscriber: Rc<Subscriber>,
    root: PathBuf,
    root_watch: i32,
    recursive: bool,
    /// The path of each watched directory, relative to the root.
    paths: HashMap<i32, Vec<u8>>,
    /// The first half of a rename.
    moved: Option<(u32, Vec<u8>)>,
    /// What was found in new directories: the kernel may report it, too.
    found: HashSet<Vec<u8>>,
    is_gone: bool,
}

impl Tree {
    /// Watches what was asked for.
    pub async fn watch(instance: Rc<Instance>, request: &Watch) -> Result<Self, Unwatched> {
        let (root, is_directory) = find_root(request).map_err(Unwatched::Failed)?;
        let subscriber = Rc::new(Subscriber::default());
        let root_watch = instance.add(&root, 0, &subscriber).map_err(unwatched)?;
        let mut tree = Self {
            instance,
            subscriber,
            root,
            root_watch,
            recursive: request.recursive && is_directory,
            paths: HashMap::from([(root_watch, Vec::new())]),
            moved: None,
            found: HashSet::new(),
            is_gone: false,
        };
        if tree.recursive {
            tree.enter(Vec::new(), None).await.map_err(unwatched)?;
        }
        Ok(tree)
    }

    /// The inotify instance.
    pub fn instance(&self) -> &Rc<Instance> {
        &self.instance
    }

    /// Whether the root is no longer there.
    pub fn is_gone(&self) -> bool {
        self.is_gone
    }

    /// The next changes, and whether some were lost.
    pub async fn next(&mut self) -> (Vec<Change>, bool) {
        let mut changes = Vec::new();
        let next = self.subscriber.next();
        let (events, mut overflow) = if self.moved.is_some() {
            // Its second half follows at once, unless the file left what is watched.
            timeout(RENAME, next).await.unwrap_or_default()
        } else {
            next.await
        };
        if events.is_empty() {
            self.left(&mut changes);
        }
        let before = self.found.len();
        for event in events {
            overflow |= self.take(event, &mut changes).await.is_err();
        }
        if self.found.len() == before {
            self.found.clear();
        }
        (changes, overflow)
    }

    async fn take(&mut self, event: Raw, changes: &mut Vec<Change>) -> Result<(), Errno> {
        let Raw { watch, mask, cookie, name } = event;
        let is = |flag: u32| mask & flag != 0;
        if is(libc::IN_IGNORED) {
            self.paths.remove(&watch);
            return Ok(());
        }
        let Some(directory) = self.paths.get(&watch) else { return Ok(()) };
        let is_root = watch == self.root_watch;
        let path = join(directory, &name);
        if self.moved.as_ref().is_some_and(|(moved, _)| !is(libc::IN_MOVED_TO) || *moved != cookie) {
            self.left(changes);
        }
        let enters = self.recursive && is(libc::IN_ISDIR);
        if is(libc::IN_DELETE_SELF | libc::IN_MOVE_SELF | libc::IN_UNMOUNT) {
            if is_root {
                changes.push(change(Kind::Delete, Vec::new()));
                self.is_gone = true;
            }
        } else if is(libc::IN_MOVED_FROM) {
            self.moved = Some((cookie, path));
        } else if is(libc::IN_MOVED_TO) {
            if let Some((_, from)) = self.moved.take() {
                self.rename(&from, &path);
                changes.push(Change { kind: Kind::Rename, path: path.into(), from: Some(from.into()) });
            } else {
                changes.push(change(Kind::Create, path.clone()));
                if enters {
                    self.enter(path, Some(changes)).await?;
                }
            }
        } else if is(libc::IN_CREATE) {
            if !self.found.remove(&path) {
                changes.push(change(Kind::Create, path.clone()));
                if enters {
                    self.enter(path, Some(changes)).await?;
                }
            }
        } else if is(libc::IN_DELETE) {
            self.found.remove(&path);
            changes.push(change(Kind::Delete, path));
        } else if is(libc::IN_MODIFY | libc::IN_ATTRIB) && (is_root || !name.is_empty()) {
            // That of a directory below the root is reported by the one above it.
            changes.push(change(Kind::Change, path));
        }
        Ok(())
    }

    /// Reports a file that was renamed to somewhere else.
    fn left(&mut self, changes: &mut Vec<Change>) {
        let Some((_, path)) = self.moved.take() else { return };
        let (instance, subscriber) = (&self.instance, &self.subscriber);
        self.paths.retain(|watch, known| {
            let stays = !is_within(known, &path);
            if !stays {
                instance.remove(*watch, subscriber);
            }
            stays
        });
        changes.push(change(Kind::Delete, path));
    }

    /// What is watched below a directory has other paths from now on.
    fn rename(&mut self, from: &[u8], to: &[u8]) {
        for known in self.paths.values_mut() {
            if is_within(known, from) {
                *known = [to, known.get(from.len()..).unwrap_or_default()].concat();
            }
        }
    }

    /// Watches a directory and those below it. What is in them already is reported as created, if it is new.
    async fn enter(&mut self, path: Vec<u8>, mut changes: Option<&mut Vec<Change>>) -> Result<(), Errno> {
        let mut pending = vec![path];
        while let Some(path) = pending.pop() {
            let Some(names) = self.add(&path)? else { continue };
            for (name, is_directory) in names {
                let path = join(&path, &name);
                if let Some(changes) = &mut changes {
                    self.found.insert(path.clone());
                    changes.push(change(Kind::Create, path.clone()));
                }
                if is_directory {
                    pending.push(path);
                }
            }
            yield_now().await;
        }
        Ok(())
    }

    /// Watches one directory. Returns what is in it; `None` if it is not there any more, or may not be read.
    fn add(&mut self, path: &[u8]) -> Result<Option<Names>, Errno> {
        let whole = if path.is_empty() { self.root.clone() } else { self.root.join(OsStr::from_bytes(path)) };
        let watch = match self.instance.add(&whole, libc::IN_ONLYDIR, &self.subscriber) {
            Ok(watch) => watch,
            Err(Errno::ENOSPC) => return Err(Errno::ENOSPC),
            Err(_) => return Ok(None),
        };
        self.paths.insert(watch, path.to_vec());
        // Read only now: what is made from here on is reported.
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        Ok(open(AT_FDCWD, &whole, flags).and_then(|directory| names(&directory)).ok())
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        for watch in self.paths.keys() {
            self.instance.remove(*watch, &self.subscriber);
        }
    }
}

/// The path of what is to be watched, without links, and whether it is a directory.
fn find_root(request: &Watch) -> Result<(PathBuf, bool), Failure> {
    let seen = open(AT_FDCWD, &in_workspace(&request.path), OFlag::O_PATH).map_err(failure)?;
    let is_directory = file_type(&fstat(&seen).map_err(failure)?) == libc::S_IFDIR;
    let file = if is_directory { open_directory(&request.path)? } else { open_regular(&request.path)?.0 };
    path_of(&file).map(|path| (path, is_directory)).map_err(failure)
}

fn names(directory: &OwnedFd) -> Result<Names, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut names = Vec::new();
    for entry in Dir::openat(directory, Path::new("."), flags, Mode::empty())?.iter() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !matches!(name, b"." | b"..") {
            // Where the file system does not tell, entering decides.
            names.push((name.to_vec(), matches!(entry.file_type(), Some(Type::Directory) | None)));
        }
    }
    Ok(names)
}

fn unwatched(errno: Errno) -> Unwatched {
    match errno {
        Errno::ENOSPC | Errno::EMFILE => Unwatched::NoneLeft,
        errno => Unwatched::Failed(failure(errno)),
    }
}

fn change(kind: Kind, path: Vec<u8>) -> Change {
    Change { kind, path: path.into(), from: None }
}

fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    match (directory, name) {
        ([], name) => name.to_vec(),
        (directory, []) => directory.to_vec(),
        (directory, name) => [directory, b"/", name].concat(),
    }
}

/// Whether a path is another one, or below it.
fn is_within(path: &[u8], above: &[u8]) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
