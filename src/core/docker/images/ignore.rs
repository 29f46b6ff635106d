use std::path::{Path, PathBuf};

use super::pattern::Pattern;

use crate::error::{Error, Result};

/// The patterns of a `.dockerignore` file.
pub struct Ignored {
    /// The patterns in their order, each with whether it is an exception (`!`).
    patterns: Vec<(Pattern, bool)>,
    has_exceptions: bool,
    /// The files that the engine needs, even if a pattern matches them.
    needed: [PathBuf; 2],
}

impl Ignored {
    /// Parses the content of the file. The Dockerfile is not ignored.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for an invalid pattern. The message has its line's number and not its content, which need not be
    /// the caller's.
    pub fn parse(content: &[u8], dockerfile: &Path) -> Result<Self> {
        let text = String::from_utf8_lossy(content);
        let mut patterns = Vec::new();
        // Only at the beginning of a line is `#` a comment, as in Docker.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        for (number, line) in lines.map(|(number, line)| (number, line.trim())) {
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, line),
            };
            let pattern = clean(pattern);
            if pattern.is_empty() {
                continue;
            }
            let parsed = Pattern::parse(&pattern).map_err(|why| {
                let message = format!(".dockerignore: line {} is not a valid pattern: {why}", number + 1);
                Error::invalid("context", message)
            })?;
            patterns.push((parsed, exception));
        }
        let has_exceptions = patterns.iter().any(|(_, exception)| *exception);
        Ok(Self { patterns, has_exceptions, needed: [dockerfile.to_owned(), ".dockerignore".into()] })
    }

    /// Whether a path is left out. The last pattern that matches it, or a directory above it, decides.
    pub fn matches(&self, path: &Path) -> bool {
        let text = path.to_string_lossy();
        let decided = self.patterns.iter().rev().find(|(pattern, _)| pattern.covers(&text));
        decided.is_some_and(|(_, exception)| !exception) && !self.needed.iter().any(|needed| needed == path)
    }

    /// Whether something in a directory that is left out may be sent all the same.
    pub fn has_exceptions_below(&self, directory: &Path) -> bool {
        self.has_exceptions || self.needed.iter().any(|needed| needed.starts_with(directory))
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
        let patterns =
            "\u{feff}# comment\nnode_modules\n*.log\n**/secret\n/dist/\n!dist/keep\nDockerfile\n./a/*.tmp\n";
        let ignored = Ignored::parse(patterns.as_bytes(), Path::new("Dockerfile")).unwrap();
        for path in ["node_modules", "node_modules/x/y", "x.log", "secret", "a/b/secret", "dist/x", "a/b.tmp"]
        {
            assert!(ignored.matches(Path::new(path)), "{path}");
        }
        for path in ["src", "a/x.log", "dist/keep", "Dockerfile", ".dockerignore", "a/b/c.tmp", "my_secret"] {
            assert!(!ignored.matches(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn the_dockerfile_is_found_in_a_directory_that_is_left_out() {
        let ignored = Ignored::parse(b"docker", Path::new("docker/Recipe")).unwrap();
        assert!(ignored.matches(Path::new("docker")) && ignored.has_exceptions_below(Path::new("docker")));
        assert!(!ignored.matches(Path::new("docker/Recipe")) && ignored.matches(Path::new("docker/other")));
        assert!(!ignored.has_exceptions_below(Path::new("other")));
    }

    #[test]
    fn an_error_has_no_content() {
        let error = Ignored::parse(b"a\nsecret[", Path::new("Dockerfile")).err().unwrap();
        assert!(
            error.message().contains("line 2") && !error.message().contains("secret"),
            "{}",
            error.message()
        );
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
            let ignored = Ignored::parse(text.as_bytes(), Path::new("Dockerfile")).unwrap();
            let matched = ["a/b", "a/b/c", "a", "b", "x/a/b"].map(|path| ignored.matches(Path::new(path)));
            assert_eq!(matched, [true, true, false, false, false], "{text:?}");
        }
        // Only at the beginning of a line is it a comment.
        assert!(Ignored::parse(b" #x", Path::new("Dockerfile")).unwrap().matches(Path::new("#x")));
        // Above the context there is nothing.
        for text in ["../a", "a/../..", ".", "/", "a/..", "!"] {
            assert!(
                !Ignored::parse(text.as_bytes(), Path::new("Dockerfile")).unwrap().matches(Path::new("a")),
                "{text:?}"
            );
        }
    }
}
