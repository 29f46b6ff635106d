//! Searching files.

use std::time::Duration;

use cofferdam_core::{
    Result,
    fs::{FoundFiles, FoundLines},
    protocol::fs::search::{Glob, Grep, Line},
};
use napi::bindgen_prelude::{Buffer, Either};
use napi_derive::napi;

use super::forms::{PathLike, position, raw_path, text_or_bytes};
use crate::numbers::{milliseconds, whole};

/// A search of files by their paths; see `GlobOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeGlob {
    pub cwd: PathLike,
    pub patterns: Vec<String>,
    pub ignore: Vec<String>,
    pub gitignore: bool,
    pub limit: f64,
    pub timeout: Option<f64>,
}

impl NativeGlob {
    /// The search as the core takes it, and its timeout.
    pub fn into_core(self) -> Result<(Glob, Option<Duration>)> {
        let Self { cwd, patterns, ignore, gitignore, limit, timeout } = self;
        let limit = position("limit", limit)?;
        let timeout = timeout.map(|timeout| milliseconds("timeout", timeout)).transpose()?;
        Ok((Glob { root: raw_path(cwd), patterns, ignore, gitignore, limit }, timeout))
    }
}

/// A search for lines; see `GrepOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeGrep {
    pub path: PathLike,
    pub pattern: String,
    pub glob: Vec<String>,
    pub literal: bool,
    pub ignore_case: bool,
    pub context: f64,
    pub gitignore: bool,
    pub max_per_file: Option<f64>,
    pub limit: f64,
    pub timeout: Option<f64>,
}

impl NativeGrep {
    /// The search as the core takes it, and its timeout.
    pub fn into_core(self) -> Result<(Grep, Option<Duration>)> {
        let max_per_file = self.max_per_file.map(|most| position("maxPerFile", most)).transpose()?;
        let timeout = self.timeout.map(|timeout| milliseconds("timeout", timeout)).transpose()?;
        let grep = Grep {
            root: raw_path(self.path),
            pattern: self.pattern,
            globs: self.glob,
            literal: self.literal,
            ignore_case: self.ignore_case,
            context: whole("context", self.context)?,
            gitignore: self.gitignore,
            max_per_file: max_per_file.unwrap_or(u64::MAX),
            limit: position("limit", self.limit)?,
        };
        Ok((grep, timeout))
    }
}

/// Files that were found.
#[napi(object, object_from_js = false)]
pub struct NativeFoundFiles {
    pub paths: Vec<Either<String, Buffer>>,
    pub truncated: bool,
}

impl From<FoundFiles> for NativeFoundFiles {
    fn from(FoundFiles { paths, truncated }: FoundFiles) -> Self {
        Self { paths: paths.iter().map(|path| text_or_bytes(path.as_bytes())).collect(), truncated }
    }
}

/// Lines that were found.
#[napi(object, object_from_js = false)]
pub struct NativeFoundLines {
    pub files: Vec<NativeFileLines>,
    pub truncated: bool,
}

/// Lines that were found in one file.
#[napi(object, object_from_js = false)]
pub struct NativeFileLines {
    pub path: Either<String, Buffer>,
    pub lines: Vec<NativeLine>,
}

/// A line.
#[napi(object, object_from_js = false)]
pub struct NativeLine {
    pub number: f64,
    pub text: String,
    /// For a match: where it begins, in bytes.
    pub column: Option<f64>,
}

impl From<FoundLines> for NativeFoundLines {
    fn from(FoundLines { files, truncated }: FoundLines) -> Self {
        let file = |(path, lines): (Vec<u8>, Vec<Line>)| NativeFileLines {
            path: text_or_bytes(&path),
            lines: lines.into_iter().map(NativeLine::from).collect(),
        };
        Self { files: files.into_iter().map(file).collect(), truncated }
    }
}

impl From<Line> for NativeLine {
    #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 lines")]
    fn from(Line { number, text, column }: Line) -> Self {
        Self {
            number: number as f64,
            text: String::from_utf8_lossy(&text).into_owned(),
            column: column.map(|column| column as f64),
        }
    }
}
