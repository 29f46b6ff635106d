use std::{
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    thread::available_parallelism,
};

use cofferdam_fstree::{describe, errno};
use cofferdam_protocol::{
    RawPath,
    fs::search::{Argument, Found},
};
use ignore::{DirEntry, WalkBuilder, WalkParallel, WalkState, overrides::OverrideBuilder};
use nix::errno::Errno;

use super::output::Output;

/// The most threads: each counts as a process of the sandbox.
const THREADS: usize = 4;

/// A walk over the files below a root. Links are not followed.
pub struct Walk {
    root: PathBuf,
    builder: WalkBuilder,
}

impl Walk {
    /// A walk from a root that exists.
    pub fn new(root: &RawPath, gitignore: bool) -> Result<Self, Found> {
        let root: PathBuf = root.as_ref().to_owned();
        root.metadata().map_err(|error| Found::Failed(describe(errno(&error))))?;
        let mut builder = WalkBuilder::new(&root);
        builder
            .hidden(false)
            .parents(gitignore)
            .ignore(gitignore)
            .git_ignore(gitignore)
            .git_exclude(gitignore)
            .git_global(false)
            .require_git(false)
            .threads(available_parallelism().map_or(1, |count| count.get().min(THREADS)));
        if gitignore {
            builder.filter_entry(|entry| entry.file_name() != ".git");
        }
        Ok(Self { root, builder })
    }

    /// Searches only files that match.
    pub fn only(&mut self, globs: &[String]) -> Result<(), Found> {
        let mut overrides = OverrideBuilder::new(&self.root);
        let built =
            globs.iter().try_for_each(|glob| overrides.add(glob).map(drop)).and_then(|()| overrides.build());
        let invalid =
            |error: ignore::Error| Found::Invalid { argument: Argument::Glob, message: error.to_string() };
        self.builder.overrides(built.map_err(invalid)?);
        Ok(())
    }

    /// Leaves out what matches; of a directory, everything in it.
    pub fn without(&mut self, is_left_out: impl Fn(&Path) -> bool + Send + Sync + 'static, gitignore: bool) {
        let root = self.root.clone();
        self.builder.filter_entry(move |entry| {
            let path = entry.path().strip_prefix(&root).unwrap_or(Path::new(""));
            !((gitignore && entry.file_name() == ".git") || is_left_out(path))
        });
    }

    /// Visits every file, on several threads, until the output is truncated. Each thread gets a visitor of its own.
    pub fn visit<V>(self, output: &Output, visitor: impl Fn() -> V)
    where
        V: FnMut(&Path, &RawPath) -> io::Result<()> + Send,
    {
        let Self { root, builder } = self;
        let walk: WalkParallel = builder.build_parallel();
        walk.run(|| {
            let (mut visit, root) = (visitor(), root.clone());
            Box::new(move |entry: Result<DirEntry, ignore::Error>| {
                if output.is_truncated() {
                    return WalkState::Quit;
                }
                // What may not be read, or was deleted meanwhile, is not searched.
                let Ok(entry) = entry else { return WalkState::Continue };
                if entry.file_type().is_none_or(|kind| kind.is_dir()) {
                    return WalkState::Continue;
                }
                match visit(entry.path(), &relative(entry.path(), &root)) {
                    // Nobody reads what is found.
                    Err(error) if errno(&error) == Errno::EPIPE => WalkState::Quit,
                    _ => WalkState::Continue,
                }
            })
        });
    }
}

fn relative(path: &Path, root: &Path) -> RawPath {
    path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes().to_vec().into()
}
