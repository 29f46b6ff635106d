use std::{
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::{lines, pattern::Pattern, rune::Rune};
use crate::error::{Error, Result};

/// The patterns of a `.dockerignore` file.
pub struct Ignored {
    patterns: Vec<Pattern>,
    /// The files that the engine needs, even if a pattern matches them.
    needed: Vec<PathBuf>,
}

/// Whether a path is left out.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it is.
    pub is_left_out: bool,
    /// Which patterns have matched it or a directory above it.
    matched: Vec<bool>,
}

impl Ignored {
    /// Parses the content of the file. The file itself is not ignored, nor is the Dockerfile if it is in the context.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an invalid pattern. The message has its line's number and not its content, which need not be
    /// the caller's.
    pub fn parse(content: &[u8], dockerfile: Option<&Path>) -> Result<Self> {
        let wrong = |(number, why): (usize, &str)| {
            Error::invalid("context", format!(".dockerignore: line {number} is not a valid pattern: {why}"))
        };
        let compiled = lines::patterns(content).map_err(wrong)?.into_iter();
        let patterns =
            compiled.map(|(number, text)| Pattern::compile(&text).map_err(|why| wrong((number, why))));
        let needed = [Some(Path::new(".dockerignore")), dockerfile].into_iter().flatten();
        Ok(Self { patterns: patterns.collect::<Result<_>>()?, needed: needed.map(Path::to_owned).collect() })
    }

    /// Decides on a path. The last pattern that matches it or a directory above it counts. `above` is the verdict on its
    /// directory, if that is not the context itself.
    pub fn decide(&self, path: &Path, above: Option<&Verdict>) -> Verdict {
        let text = Rune::all(path.as_os_str().as_bytes());
        let mut is_left_out = false;
        let mut matched = Vec::with_capacity(self.patterns.len());
        for (index, pattern) in self.patterns.iter().enumerate() {
            let inherited = above.is_some_and(|above| above.matched.get(index) == Some(&true));
            // One that would change nothing is not tried, and then counts as no match for what is below, as in Docker.
            let found = inherited || (pattern.exception == is_left_out && pattern.matches(&text));
            if found {
                is_left_out = !pattern.exception;
            }
            matched.push(found);
        }
        let is_needed = self.needed.iter().any(|needed| needed == path);
        Verdict { is_left_out: is_left_out && !is_needed, matched }
    }

    /// Whether something in a directory that is left out may be sent all the same. As in Docker, an exception counts only if it is
    /// written with the name of that directory: `!**/x` does not.
    pub fn has_exceptions_below(&self, directory: &Path) -> bool {
        let text = Rune::all(directory.as_os_str().as_bytes());
        let mut exceptions = self.patterns.iter().filter(|pattern| pattern.exception);
        exceptions.any(|pattern| pattern.is_written_below(&text))
            || self.needed.iter().any(|needed| needed.starts_with(directory))
    }
}

#[cfg(test)]
mod tests;
