use std::{
    fs::File,
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use cofferdam_protocol::{
    RawPath,
    fs::search::{Argument, Found, Grep},
};
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder};

use super::{output::Output, sink::Lines, walk::Walk};

/// The most memory that a compiled expression takes, in bytes.
const EXPRESSION: usize = 8 * 1024 * 1024;

/// The most memory for one line, in bytes. A file with a longer one is not searched any further.
const LINE: usize = 8 * 1024 * 1024;

/// Finds lines that match.
pub fn run(request: &Grep, output: &Output) -> Result<(), Found> {
    let matcher = matcher(request)?;
    let mut walk = Walk::new(&request.root, request.gitignore)?;
    if !request.globs.is_empty() {
        walk.only(&request.globs)?;
    }
    let left = AtomicU64::new(request.limit);
    walk.visit(output, || {
        let (matcher, mut searcher, left) = (matcher.clone(), searcher(request), &left);
        move |path: &Path, name: &RawPath| {
            let take = || {
                let taken =
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                if taken.is_err() {
                    output.truncate();
                }
                taken.is_ok()
            };
            let Some(file) = open(path, name.as_bytes().is_empty())? else { return Ok(()) };
            let mut lines = Lines::new(&matcher, request.max_per_file, take);
            // A file that can't be read to its end has the lines that were found before.
            let _ = searcher.search_file(&matcher, &file, &mut lines);
            lines.report(name, output)
        }
    });
    Ok(())
}

/// Opens a regular file; `None` for anything else. Only the root may be a link. Opening a named pipe would wait for its other end.
fn open(path: &Path, is_root: bool) -> io::Result<Option<File>> {
    let found = if is_root { path.metadata()? } else { path.symlink_metadata()? };
    if !found.is_file() {
        return Ok(None);
    }
    let no_link = if is_root { 0 } else { libc::O_NOFOLLOW };
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | no_link;
    let file = File::options().read(true).custom_flags(flags).open(path)?;
    // It may be another one by now.
    Ok(file.metadata()?.is_file().then_some(file))
}

fn matcher(request: &Grep) -> Result<RegexMatcher, Found> {
    let built = RegexMatcherBuilder::new()
        .fixed_strings(request.literal)
        .case_insensitive(request.ignore_case)
        .multi_line(true)
        .line_terminator(Some(b'\n'))
        .size_limit(EXPRESSION)
        .dfa_size_limit(EXPRESSION)
        .build(&request.pattern);
    built.map_err(|error| Found::Invalid { argument: Argument::Pattern, message: error.to_string() })
}

fn searcher(request: &Grep) -> Searcher {
    let context = usize::try_from(request.context).unwrap_or(usize::MAX);
    SearcherBuilder::new()
        .line_number(true)
        .before_context(context)
        .after_context(context)
        .binary_detection(BinaryDetection::quit(0))
        .heap_limit(Some(LINE))
        .build()
}
