use std::{
    fs,
    path::{Path, PathBuf},
};

use globset::{GlobBuilder, GlobMatcher};

use crate::error::{Error, Result};

/// The patterns of a `.dockerignore` file.
pub struct Ignored {
    /// The patterns in their order, each with whether it is an exception (`!`).
    patterns: Vec<(GlobMatcher, bool)>,
    pub has_exceptions: bool,
    /// The files that the engine needs, even if a pattern matches them.
    needed: [PathBuf; 2],
}

impl Ignored {
    /// Reads the patterns of a directory; there are none if the file is missing.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an invalid pattern.
    pub fn read(directory: &Path, dockerfile: &str) -> Result<Self> {
        let text = fs::read_to_string(directory.join(".dockerignore")).unwrap_or_default();
        Self::parse(&text, dockerfile)
    }

    /// Parses patterns, one a line.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an invalid pattern.
    pub fn parse(text: &str, dockerfile: &str) -> Result<Self> {
        let mut patterns = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, line),
            };
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            if pattern.is_empty() || pattern == "." {
                continue;
            }
            let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| {
                Error::invalid("context", format!(".dockerignore: {line:?} is not a valid pattern: {error}"))
            })?;
            patterns.push((glob.compile_matcher(), exception));
        }
        let has_exceptions = patterns.iter().any(|(_, exception)| *exception);
        Ok(Self { patterns, has_exceptions, needed: [dockerfile, ".dockerignore"].map(PathBuf::from) })
    }

    /// Whether a path is left out. The last pattern that matches it, or a directory above it, decides.
    pub fn matches(&self, path: &Path) -> bool {
        let names = |glob: &GlobMatcher| {
            path.ancestors().any(|part| !part.as_os_str().is_empty() && glob.is_match(part))
        };
        let decided = self.patterns.iter().rev().find(|(glob, _)| names(glob));
        decided.is_some_and(|(_, exception)| !exception) && !self.needed.iter().any(|needed| needed == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_matches_a_path_decides() {
        let directory = tempfile::tempdir().unwrap();
        let patterns =
            "# comment\nnode_modules\n*.log\n**/secret\n/dist/\n!dist/keep\nDockerfile\n./a/*.tmp\n";
        fs::write(directory.path().join(".dockerignore"), patterns).unwrap();
        let ignored = Ignored::read(directory.path(), "Dockerfile").unwrap();
        for path in ["node_modules", "node_modules/x/y", "x.log", "secret", "a/b/secret", "dist/x", "a/b.tmp"]
        {
            assert!(ignored.matches(Path::new(path)), "{path}");
        }
        for path in ["src", "a/x.log", "dist/keep", "Dockerfile", ".dockerignore", "a/b/c.tmp", "my_secret"] {
            assert!(!ignored.matches(Path::new(path)), "{path}");
        }
    }
}
