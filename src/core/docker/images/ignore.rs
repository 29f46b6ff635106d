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
        // As Docker does, which takes files that Windows' editors write.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for line in text.lines().filter(|line| !line.starts_with('#')).map(str::trim) {
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, line),
            };
            let pattern = clean(pattern);
            if pattern.is_empty() {
                continue;
            }
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build().map_err(|error| {
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

/// The shortest way to write a pattern, relative to the context: without empty components, `.` and `x/..`, as Docker does.
fn clean(pattern: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in pattern.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => drop(names.pop()),
            ".." if pattern.starts_with('/') => {}
            name => names.push(name),
        }
    }
    names.join("/")
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

    #[test]
    fn patterns_that_mean_the_same_match_the_same() {
        for text in [
            "a/b",
            "\u{feff}a/b",
            "/a/b/",
            "./a//b",
            "././a/./b/.",
            "x/../a/b",
            "/../a/b",
            "  a/b\t\r",
            "#\na/b",
        ] {
            let ignored = Ignored::parse(text, "Dockerfile").unwrap();
            let matched = ["a/b", "a/b/c", "a", "b", "x/a/b"].map(|path| ignored.matches(Path::new(path)));
            assert_eq!(matched, [true, true, false, false, false], "{text:?}");
        }
        // Only at the beginning of a line is it a comment.
        assert!(Ignored::parse(" #x", "Dockerfile").unwrap().matches(Path::new("#x")));
        // Above the context there is nothing.
        for text in ["../a", "a/../..", ".", "/", "a/..", "!"] {
            assert!(!Ignored::parse(text, "Dockerfile").unwrap().matches(Path::new("a")), "{text:?}");
        }
    }
}
