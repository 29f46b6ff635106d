//! Arguments and results of file operations, as JavaScript has them.

use cofferdam_core::{
    Error, Result,
    fs::WholeFile,
    link::file::NewFile,
    protocol::{
        RawPath,
        file::Mode,
        fs::{
            directory::Name,
            edit::Edit,
            handle::{Flags, Open},
        },
    },
};
use napi::bindgen_prelude::{Buffer, Either, Uint8Array};
use napi_derive::napi;

use crate::{exec::content, numbers::size};

/// A path, as text or as bytes.
#[napi]
pub type PathLike = Either<String, Uint8Array>;

/// A path for the core.
pub fn raw_path(path: PathLike) -> RawPath {
    match path {
        Either::A(text) => text.into_bytes().into(),
        Either::B(bytes) => bytes.to_vec().into(),
    }
}

/// A path as text; as bytes if it is not valid UTF-8.
pub fn text_or_bytes(path: &[u8]) -> Either<String, Buffer> {
    match std::str::from_utf8(path) {
        Ok(text) => Either::A(text.to_owned()),
        Err(_) => Either::B(path.into()),
    }
}

/// A place in a file, from a number.
pub fn position(name: &'static str, value: f64) -> Result<u64> {
    size(name, Either::A(value))
}

/// A file to write.
#[napi(object, object_to_js = false)]
pub struct NativeNewFile {
    pub path: PathLike,
    #[napi(ts_type = "string | Uint8Array")]
    pub data: Either<String, Uint8Array>,
    /// The mode.
    pub mode: u32,
    /// Whether a file that exists gets this mode, too.
    pub exactly: bool,
    /// Whether missing directories are created.
    pub parents: bool,
}

impl NativeNewFile {
    /// The file as the core takes it, with its content.
    pub fn into_core(self) -> WholeFile {
        let mode = if self.exactly { Mode::Exactly(self.mode) } else { Mode::IfNew(self.mode) };
        let file = NewFile { path: raw_path(self.path), mode, parents: self.parents };
        (file, content(self.data).into())
    }
}

/// How to open a file.
#[expect(clippy::struct_excessive_bools, reason = "the flags of a JavaScript object")]
#[napi(object, object_to_js = false)]
pub struct NativeOpen {
    pub path: PathLike,
    pub read: bool,
    pub write: bool,
    pub append: bool,
    pub create: bool,
    pub exclusive: bool,
    pub truncate: bool,
    pub mode: u32,
}

impl NativeOpen {
    /// The request as the core takes it.
    pub fn into_core(self) -> Open {
        let Self { path, read, write, append, create, exclusive, truncate, mode } = self;
        let flags = Flags { read, write, append, create, exclusive, truncate };
        Open { path: raw_path(path), flags, mode }
    }
}

/// A name in a directory.
#[napi(object, object_from_js = false)]
pub struct NativeName {
    /// The name, or the path below the directory.
    pub name: Either<String, Buffer>,
    /// The type bits of its mode, shifted down by 12.
    pub kind: u8,
}

impl From<Name> for NativeName {
    fn from(Name { path, kind }: Name) -> Self {
        Self { name: text_or_bytes(path.as_bytes()), kind }
    }
}

/// Some lines of a file, and how many it has.
#[napi(object, object_from_js = false)]
pub struct NativeLines {
    pub data: Buffer,
    pub total: f64,
}

impl From<(Vec<u8>, u64)> for NativeLines {
    #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 lines")]
    fn from((data, total): (Vec<u8>, u64)) -> Self {
        Self { data: data.into(), total: total as f64 }
    }
}

/// An edit of a file.
#[napi(object, object_to_js = false)]
pub struct NativeEdit {
    pub path: PathLike,
    #[napi(ts_type = "string | Uint8Array")]
    pub old_text: Either<String, Uint8Array>,
    #[napi(ts_type = "string | Uint8Array")]
    pub new_text: Either<String, Uint8Array>,
    pub all: bool,
    /// When the file must have been written last, in milliseconds since 1970.
    pub mtime_ms: Option<f64>,
    /// The SHA-256 that it must have, in hexadecimal.
    pub sha256: Option<String>,
}

impl NativeEdit {
    /// The edit as the core takes it.
    pub fn into_core(self) -> Result<Edit> {
        Ok(Edit {
            path: raw_path(self.path),
            old: content(self.old_text).into(),
            new: content(self.new_text).into(),
            all: self.all,
            modified_ms: self.mtime_ms,
            sha256: self.sha256.map(|text| hash(&text)).transpose()?,
        })
    }
}

fn hash(text: &str) -> Result<[u8; 32]> {
    let wrong = || Error::invalid("expected", "expected.sha256 must be 64 hexadecimal digits");
    if text.len() != 64 || !text.is_ascii() {
        return Err(wrong());
    }
    let mut hash = [0; 32];
    for (index, byte) in hash.iter_mut().enumerate() {
        let digits = text.get(2 * index..2 * index + 2).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(hash)
}
