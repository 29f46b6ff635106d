use std::{
    ffi::OsStr,
    io,
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use cofferdam_protocol::{
    RawPath,
    fs::search::{Argument, Found, Glob},
};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{output::Output, walk::Walk};

/// How many paths are reported at once.
const PART: usize = 256;

/// Finds files by their paths.
pub fn run(request: &Glob, output: &Output) -> Result<(), Found> {
    let wanted = set(&request.patterns, Argument::Pattern)?;
    let ignored = set(&request.ignore, Argument::Ignore)?;
    let mut walk = Walk::new(&request.root, request.gitignore)?;
    if !ignored.is_empty() {
        // A pattern such as `node_modules/**` leaves out the directory itself, too: nothing in it can be found.
        let is_left_out =
            move |path: &Path| ignored.is_match(path) || (ignored.is_match(path.join("_")) && path.is_dir());
        walk.without(is_left_out, request.gitignore);
    }
    let (count, limit) = (AtomicU64::new(0), request.limit);
    walk.visit(output, || {
        let mut part = Part { output, paths: Vec::new() };
        let (wanted, count) = (&wanted, &count);
        move |_, path: &RawPath| {
            if !wanted.is_match(Path::new(OsStr::from_bytes(path.as_bytes()))) {
                return Ok(());
            }
            if count.fetch_add(1, Ordering::Relaxed) >= limit {
                output.truncate();
                return Ok(());
            }
            part.add(path)
        }
    });
    Ok(())
}

/// Paths that one thread has found, reported when it ends.
struct Part<'a> {
    output: &'a Output,
    paths: Vec<RawPath>,
}

impl Part<'_> {
    fn add(&mut self, path: &RawPath) -> io::Result<()> {
        self.paths.push(path.clone());
        if self.paths.len() == PART { self.report() } else { Ok(()) }
    }

    fn report(&mut self) -> io::Result<()> {
        self.output.report(&Found::Files(std::mem::take(&mut self.paths)))
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if !self.paths.is_empty() {
            // The reader is gone.
            let _ = self.report();
        }
    }
}

fn set(patterns: &[String], argument: Argument) -> Result<GlobSet, Found> {
    let invalid = |error: globset::Error| Found::Invalid { argument, message: error.to_string() };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
        set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(invalid)?);
    }
    set.build().map_err(invalid)
}
