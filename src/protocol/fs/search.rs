//! Searching names and contents. The agent's executable does it as an ordinary command of the sandbox's user, `search`: it reads one
//! [`Search`] message from its standard input and writes [`Found`] messages to its standard output.

use serde::{Deserialize, Serialize};

use crate::{RawPath, SystemError};

/// The argument that makes the agent's executable search.
pub const COMMAND: &str = "search";

/// The most bytes of one line that are reported.
pub const MAX_LINE: usize = 2000;

/// The most bytes that one search reports; it stops there.
pub const MAX_FOUND: usize = 16 * 1024 * 1024;

/// What to search.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Search {
    /// Names of files.
    Glob(Glob),
    /// Lines of files.
    Grep(Grep),
}

/// Searches files by their paths.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Glob {
    /// The directory to search.
    pub root: RawPath,
    /// A file matches one of these, which are relative to `root`.
    pub patterns: Vec<String>,
    /// Neither searched nor reported.
    pub ignore: Vec<String>,
    /// Leave out what `.gitignore` files name, and `.git`.
    pub gitignore: bool,
    /// The most paths.
    pub limit: u64,
}

/// Searches files for lines that match.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Grep {
    /// The directory or file to search.
    pub root: RawPath,
    /// The regular expression, or text.
    pub pattern: String,
    /// Only files that match these, as with ripgrep's `--glob`.
    pub globs: Vec<String>,
    /// The pattern is text.
    pub literal: bool,
    /// Upper and lower case are the same.
    pub ignore_case: bool,
    /// How many lines before and after a match are reported.
    pub context: u32,
    /// Leave out what `.gitignore` files name, and `.git`.
    pub gitignore: bool,
    /// The most matching lines of one file.
    pub max_per_file: u64,
    /// The most matching lines.
    pub limit: u64,
}

/// What was found. [`Found::End`] or [`Found::Failed`] is the last message.
#[derive(Debug, Serialize, Deserialize)]
pub enum Found {
    /// Files, relative to the root.
    Files(Vec<RawPath>),
    /// Lines of a file, in their order. More of the same file may follow.
    Lines {
        /// The file, relative to the root; empty for the root itself.
        path: RawPath,
        /// The lines.
        lines: Vec<Line>,
    },
    /// The search is over.
    End {
        /// Whether it ended at a limit.
        truncated: bool,
    },
    /// A pattern is wrong.
    Invalid {
        /// The argument that has it.
        argument: Argument,
        /// What is wrong.
        message: String,
    },
    /// The root can't be searched.
    Failed(SystemError),
}

/// An argument of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Argument {
    /// What to look for.
    Pattern,
    /// What to leave out.
    Ignore,
    /// Which files to search.
    Glob,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number, counted from 1.
    pub number: u64,
    /// Its bytes without the newline, at most [`MAX_LINE`].
    #[serde(with = "serde_bytes")]
    pub text: Vec<u8>,
    /// For a match: where it begins in the line, in bytes. `None` for a line around one.
    pub column: Option<u64>,
}
