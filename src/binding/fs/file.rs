//! Files that stay open.

use std::sync::Arc;

use cofferdam_core::{
    Error,
    fs::{Change, FileHandle, time},
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either, Object, Uint8Array},
};
use napi_derive::napi;

use super::{calls::NativeStat, forms::position};
use crate::{exec::content, numbers::whole, promise::promise};

/// A file that is open.
#[napi]
pub struct NativeFile(Option<Arc<FileHandle>>);

impl NativeFile {
    /// A file for JavaScript.
    pub fn new(file: FileHandle) -> Self {
        Self(Some(Arc::new(file)))
    }

    fn file(&self) -> cofferdam_core::Result<Arc<FileHandle>> {
        self.0.clone().ok_or_else(|| {
            Error::new(cofferdam_core::Code::FileError, "the file handle is closed").detail("errno", "EBADF")
        })
    }
}

#[napi]
impl NativeFile {
    /// Reads some bytes; none at the end.
    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn read<'env>(&self, env: &'env Env, length: f64, at: Option<f64>) -> napi::Result<Object<'env>> {
        let file = self.file();
        promise(env, async move {
            let at = at.map(|at| position("position", at)).transpose()?;
            let length = usize::try_from(whole("length", length)?).unwrap_or(usize::MAX);
            file?.read(at, length).await.map(Buffer::from)
        })
    }

    /// Writes all of the data.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write<'env>(
        &self,
        env: &'env Env,
        #[napi(ts_arg_type = "string | Uint8Array")] data: Either<String, Uint8Array>,
        at: Option<f64>,
    ) -> napi::Result<Object<'env>> {
        let (file, data) = (self.file(), content(data));
        promise(env, async move {
            let at = at.map(|at| position("position", at)).transpose()?;
            file?.write(at, &data).await
        })
    }

    /// What it is.
    #[napi(ts_return_type = "Promise<NativeStat>")]
    pub fn stat<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let file = self.file();
        promise(env, async move { file?.stat().await.map(NativeStat::from) })
    }

    /// Cuts or extends it.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn truncate<'env>(&self, env: &'env Env, length: f64) -> napi::Result<Object<'env>> {
        let file = self.file();
        promise(env, async move { file?.change(Change::Truncate(position("length", length)?)).await })
    }

    /// Waits until it is on disk.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn sync<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let file = self.file();
        promise(env, async move { file?.change(Change::Sync).await })
    }

    /// Changes its mode.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn chmod<'env>(&self, env: &'env Env, mode: u32) -> napi::Result<Object<'env>> {
        let file = self.file();
        promise(env, async move { file?.change(Change::Mode(mode)).await })
    }

    /// Sets its times, in milliseconds since 1970.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn utimes<'env>(&self, env: &'env Env, atime: f64, mtime: f64) -> napi::Result<Object<'env>> {
        let file = self.file();
        promise(env, async move {
            file?.change(Change::Times(time("atime", atime)?, time("mtime", mtime)?)).await
        })
    }

    /// Closes it after what is in progress.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn close<'env>(&mut self, env: &'env Env) -> napi::Result<Object<'env>> {
        let file = self.0.take();
        promise(env, async move {
            if let Some(file) = file {
                file.close().await;
            }
            Ok(())
        })
    }
}
