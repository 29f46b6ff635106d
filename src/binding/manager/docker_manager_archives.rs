//! Archives of `DockerManager`: files of containers, and whole images.

use cofferdam_core::docker::{archives, images};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::NativeManager;
use crate::{
    cancellation::JsCancellation,
    shared::archive::{NativeImportOptions, NativePutOptions},
    streams::{ArchiveInput, ByteStream, JsonStream},
};

#[napi]
impl NativeManager {
    #[napi(ts_return_type = "Promise<string>")]
    pub fn stat_archive<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move { archives::stat(&manager, &id, &path).await })
    }

    #[napi(ts_return_type = "Promise<ByteStream>")]
    pub fn get_archive<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            Ok(ByteStream::new(archives::get(&manager, &id, &path).await?, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<void>")]
    pub fn put_archive<'env>(
        &self,
        env: &'env Env,
        id: String,
        path: String,
        options: NativePutOptions,
        archive: &ArchiveInput,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let archive = archive.take(*env)?;
        self.call(env, cancellation, |manager| async move {
            archives::put(&manager, &id, &path, options.into_core(), archive).await
        })
    }

    #[napi(ts_return_type = "Promise<ByteStream>")]
    pub fn export_container<'env>(
        &self,
        env: &'env Env,
        id: String,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            Ok(ByteStream::new(archives::export(&manager, &id).await?, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<ByteStream>")]
    pub fn save_images<'env>(
        &self,
        env: &'env Env,
        names: Vec<String>,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        self.call(env, cancellation, |manager| async move {
            Ok(ByteStream::new(images::save(&manager, &names).await?, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn load_images<'env>(
        &self,
        env: &'env Env,
        archive: &ArchiveInput,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let archive = archive.take(*env)?;
        self.call(env, cancellation, |manager| async move {
            Ok(JsonStream::new(images::load(&manager, archive).await?, manager.closing().clone()))
        })
    }

    #[napi(ts_return_type = "Promise<JsonStream>")]
    pub fn import_image<'env>(
        &self,
        env: &'env Env,
        options: NativeImportOptions,
        archive: &ArchiveInput,
        cancellation: Option<&JsCancellation>,
    ) -> napi::Result<Object<'env>> {
        let archive = archive.take(*env)?;
        self.call(env, cancellation, |manager| async move {
            let import = images::import(&manager, options.into_core(), archive).await?;
            Ok(JsonStream::new(import, manager.closing().clone()))
        })
    }
}
