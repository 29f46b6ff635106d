//! The file system of a sandbox.

mod calls;
mod file;
mod forms;
mod search;
mod watch;

use std::sync::Arc;

use cofferdam_core::{
    Error, Result,
    fs::FileSystem,
    protocol::fs::{directory::Names, edit::Edit, lines::Lines, watch::Watch},
    sandbox::Sandboxes,
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Object, Uint8Array},
};
use napi_derive::napi;

use crate::{cancellation::JsCancellation, exec::content, promise::call};

use calls::{NativeFsCall, NativeFsReply};
use file::NativeFile;
use search::{NativeFoundFiles, NativeFoundLines, NativeGlob, NativeGrep};
use watch::NativeWatch;

use forms::{NativeEdit, NativeLines, NativeName, NativeNewFile, NativeOpen, PathLike, position, raw_path};

/// The file system of one sandbox.
#[napi]
pub struct NativeFs {
    sandboxes: Arc<Sandboxes>,
    id: String,
}

impl NativeFs {
    /// That of the sandbox with this id. The id is checked by every call.
    pub fn new(sandboxes: Arc<Sandboxes>, id: String) -> Self {
        Self { sandboxes, id }
    }

    fn with<'env, T, F>(
        &self,
        env: &'env Env,
        cancellation: Option<&JsCancellation>,
        work: impl FnOnce(FileSystem) -> F + Send + 'static,
    ) -> napi::Result<Object<'env>>
    where
        T: napi::bindgen_prelude::ToNapiValue + Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let id = self.id.clone();
        call(env, &self.sandboxes, cancellation, |sandboxes| async move {
            let fs = sandboxes.get(id)?.fs();
            work(fs).await
        })
    }
}

#[napi]
impl NativeFs {
    /// Does one thing.
    #[napi(ts_return_type = "Promise<NativeFsReply>")]
    pub fn call<'env>(
        &self,
        env: &'env Env,
        request: NativeFsCall,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let request = request.into_core();
        self.with(env, cancellation, |fs| async move { fs.call(request?).await.map(NativeFsReply::from) })
    }

    /// Reads a file.
    #[napi(ts_return_type = "Promise<Buffer>")]
    pub fn read<'env>(
        &self,
        env: &'env Env,
        path: PathLike,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let path = raw_path(path);
        self.with(env, cancellation, |fs| async move { fs.read(&path).await.map(Buffer::from) })
    }

    /// Creates or replaces a file.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write<'env>(
        &self,
        env: &'env Env,
        file: NativeNewFile,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let (file, content) = file.into_core();
        self.with(env, cancellation, |fs| async move { fs.write(&file, &content).await })
    }

    /// Writes several files in one go.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write_all<'env>(
        &self,
        env: &'env Env,
        files: Vec<NativeNewFile>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let files: Vec<_> = files.into_iter().map(NativeNewFile::into_core).collect();
        self.with(env, cancellation, |fs| async move { fs.write_all(&files).await })
    }

    /// Opens a file.
    #[napi(ts_return_type = "Promise<NativeFile>")]
    pub fn open<'env>(
        &self,
        env: &'env Env,
        open: NativeOpen,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let open = open.into_core();
        self.with(env, cancellation, |fs| async move { fs.open(open).await.map(NativeFile::new) })
    }

    /// Opens a file, writes to it and closes it.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn write_through<'env>(
        &self,
        env: &'env Env,
        open: NativeOpen,
        #[napi(ts_arg_type = "string | Uint8Array")] data: napi::bindgen_prelude::Either<String, Uint8Array>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let (open, data) = (open.into_core(), content(data));
        self.with(env, cancellation, |fs| async move { fs.write_through(open, &data).await })
    }

    /// The names in a directory.
    #[napi(ts_return_type = "Promise<Array<NativeName>>")]
    pub fn names<'env>(
        &self,
        env: &'env Env,
        path: PathLike,
        recursive: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let request = Names { path: raw_path(path), recursive };
        self.with(env, cancellation, |fs| async move {
            Ok(fs.names(&request).await?.into_iter().map(NativeName::from).collect::<Vec<_>>())
        })
    }

    /// Finds files by their paths.
    #[napi(ts_return_type = "Promise<NativeFoundFiles>")]
    pub fn glob<'env>(
        &self,
        env: &'env Env,
        request: NativeGlob,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let request = request.into_core();
        self.with(env, cancellation, |fs| async move {
            let (request, timeout) = request?;
            fs.glob(request, timeout).await.map(NativeFoundFiles::from)
        })
    }

    /// Finds lines that match.
    #[napi(ts_return_type = "Promise<NativeFoundLines>")]
    pub fn grep<'env>(
        &self,
        env: &'env Env,
        request: NativeGrep,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let request = request.into_core();
        self.with(env, cancellation, |fs| async move {
            let (request, timeout) = request?;
            fs.grep(request, timeout).await.map(NativeFoundLines::from)
        })
    }

    /// Begins to watch a file or a directory.
    #[napi(ts_return_type = "Promise<NativeWatch>")]
    pub fn watch<'env>(
        &self,
        env: &'env Env,
        path: PathLike,
        recursive: bool,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let request = Watch { path: raw_path(path), recursive };
        self.with(env, cancellation, |fs| async move { fs.watch(request).await.map(NativeWatch::new) })
    }

    /// Some lines of a file, and how many it has.
    #[napi(ts_return_type = "Promise<NativeLines>")]
    pub fn lines<'env>(
        &self,
        env: &'env Env,
        path: PathLike,
        start: f64,
        end: Option<f64>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let path = raw_path(path);
        self.with(env, cancellation, move |fs| async move {
            let end = end.map_or(Ok(u64::MAX), |end| position("end", end))?;
            let limit = cofferdam_core::protocol::wire::limits::MAX_FILE;
            let request = Lines { path, start: position("start", start)?, end, limit };
            fs.lines(&request).await.map(NativeLines::from)
        })
    }

    /// Replaces text in a file; tells how often.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn edit<'env>(
        &self,
        env: &'env Env,
        edit: NativeEdit,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let edit: Result<Edit, Error> = edit.into_core();
        self.with(env, cancellation, |fs| async move {
            #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 places")]
            fs.edit(&edit?).await.map(|replaced| replaced as f64)
        })
    }
}
