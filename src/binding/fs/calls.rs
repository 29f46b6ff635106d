//! What takes one message and one answer.

use cofferdam_core::{
    Error, Result,
    fs::time,
    protocol::fs::{
        call::{Call, Copy, Reply},
        stat::{Space, Stat, Time},
    },
};
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;

use super::forms::{PathLike, position, raw_path};

/// One thing to do, and what it needs.
#[napi(object, object_to_js = false)]
pub struct NativeFsCall {
    /// The name of a function of `node:fs`.
    pub op: String,
    pub path: PathLike,
    pub dest: Option<PathLike>,
    pub mode: Option<u32>,
    pub recursive: Option<bool>,
    pub force: Option<bool>,
    pub exclusive: Option<bool>,
    pub error_on_exist: Option<bool>,
    pub preserve_timestamps: Option<bool>,
    pub dereference: Option<bool>,
    pub length: Option<f64>,
    /// In milliseconds since 1970.
    pub atime: Option<f64>,
    /// In milliseconds since 1970.
    pub mtime: Option<f64>,
}

impl NativeFsCall {
    /// The call as the core takes it.
    pub fn into_core(self) -> Result<Call> {
        let path = raw_path(self.path);
        let dest =
            || self.dest.map(raw_path).ok_or_else(|| Error::invalid("dest", "a second path is missing"));
        let mode = self.mode.unwrap_or_default();
        let recursive = self.recursive.unwrap_or_default();
        let force = self.force.unwrap_or_default();
        Ok(match self.op.as_str() {
            "access" => Call::Access { path, mode },
            "chmod" => Call::ChangeMode { path, mode },
            "copyFile" => {
                Call::CopyFile { from: path, to: dest()?, exclusive: self.exclusive.unwrap_or_default() }
            }
            "cp" => Call::Copy(Copy {
                from: path,
                to: dest()?,
                recursive,
                force,
                error_on_exist: self.error_on_exist.unwrap_or_default(),
                preserve_times: self.preserve_timestamps.unwrap_or_default(),
                dereference: self.dereference.unwrap_or_default(),
            }),
            "lstat" => Call::Stat { path, follow: false },
            "mkdir" => Call::MakeDirectory { path, mode, recursive },
            "mkdtemp" => Call::MakeTemporary { prefix: path },
            "readlink" => Call::ReadLink { path },
            "realpath" => Call::RealPath { path },
            "rename" => Call::Rename { from: path, to: dest()? },
            "rm" => Call::Remove { path, recursive, force },
            "rmdir" => Call::RemoveDirectory { path },
            "stat" => Call::Stat { path, follow: true },
            "statfs" => Call::Space { path },
            "symlink" => Call::MakeLink { target: path, path: dest()? },
            "truncate" => {
                Call::Truncate { path, length: position("length", self.length.unwrap_or_default())? }
            }
            "unlink" => Call::Unlink { path },
            "utimes" => Call::SetTimes {
                path,
                accessed: time("atime", self.atime.unwrap_or_default())?,
                modified: time("mtime", self.mtime.unwrap_or_default())?,
            },
            other => return Err(Error::invalid("op", format!("there is no file operation {other:?}"))),
        })
    }
}

/// The answer: at most one of these.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct NativeFsReply {
    pub path: Option<Buffer>,
    pub stat: Option<NativeStat>,
    pub space: Option<NativeSpace>,
}

impl From<Reply> for NativeFsReply {
    fn from(reply: Reply) -> Self {
        match reply {
            Reply::Path(path) => Self { path: Some(path.as_bytes().into()), ..Self::default() },
            Reply::Stat(stat) => Self { stat: Some(stat.into()), ..Self::default() },
            Reply::Space(space) => Self { space: Some(space.into()), ..Self::default() },
            Reply::Busy | Reply::Done | Reply::Failed(_) => Self::default(),
        }
    }
}

/// What a file is; see `Stats` in index.d.ts. Times are in milliseconds since 1970.
#[napi(object, object_from_js = false)]
pub struct NativeStat {
    pub dev: f64,
    pub ino: f64,
    pub mode: u32,
    pub nlink: f64,
    pub uid: u32,
    pub gid: u32,
    pub rdev: f64,
    pub size: f64,
    pub blksize: f64,
    pub blocks: f64,
    pub atime_ms: f64,
    pub mtime_ms: f64,
    pub ctime_ms: f64,
    pub birthtime_ms: f64,
}

#[expect(clippy::cast_precision_loss, reason = "as in Node, whose numbers are the same")]
impl From<Stat> for NativeStat {
    fn from(stat: Stat) -> Self {
        let time = |Time { seconds, nanoseconds }: Time| seconds as f64 * 1e3 + f64::from(nanoseconds) / 1e6;
        Self {
            dev: stat.device as f64,
            ino: stat.inode as f64,
            mode: stat.mode,
            nlink: stat.links as f64,
            uid: stat.uid,
            gid: stat.gid,
            rdev: stat.special as f64,
            size: stat.size as f64,
            blksize: stat.block_size as f64,
            blocks: stat.blocks as f64,
            atime_ms: time(stat.accessed),
            mtime_ms: time(stat.modified),
            ctime_ms: time(stat.changed),
            birthtime_ms: time(stat.created),
        }
    }
}

/// A file system; see `StatFs` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeSpace {
    pub kind: f64,
    pub bsize: f64,
    pub blocks: f64,
    pub bfree: f64,
    pub bavail: f64,
    pub files: f64,
    pub ffree: f64,
}

#[expect(clippy::cast_precision_loss, reason = "as in Node, whose numbers are the same")]
impl From<Space> for NativeSpace {
    fn from(space: Space) -> Self {
        Self {
            kind: space.kind as f64,
            bsize: space.block_size as f64,
            blocks: space.blocks as f64,
            bfree: space.free as f64,
            bavail: space.available as f64,
            files: space.files as f64,
            ffree: space.free_files as f64,
        }
    }
}
