use std::sync::{Mutex, PoisonError};

use cofferdam_core::{
    Error,
    docker::bytes::{Archive, Pieces, archive},
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use crate::{error::to_js, promise::promise};

/// An archive that JavaScript sends to the engine piece by piece.
#[napi]
pub struct ArchiveInput {
    pieces: Mutex<Option<Pieces>>,
    archive: Mutex<Option<Archive>>,
}

#[napi]
impl ArchiveInput {
    #[napi(constructor)]
    pub fn new() -> Self {
        let (pieces, archive) = archive();
        Self { pieces: Mutex::new(Some(pieces)), archive: Mutex::new(Some(archive)) }
    }

    /// Sends a piece if there is room for it, without the cost of a promise; `false` if there is none.
    #[napi]
    pub fn offer(&self, piece: &[u8]) -> bool {
        let pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let permit = pieces.as_ref().and_then(|pieces| pieces.try_reserve().ok());
        permit.is_some_and(|permit| {
            permit.send(Ok(piece.to_vec().into()));
            true
        })
    }

    /// Sends a piece, once there is room for it; `false` if the call has ended.
    #[napi(ts_return_type = "Promise<boolean>")]
    pub fn write<'env>(&self, env: &'env Env, piece: &[u8]) -> napi::Result<Object<'env>> {
        let pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let piece = piece.to_vec();
        promise(env, async move {
            Ok(match pieces {
                Some(pieces) => pieces.send(Ok(piece.into())).await.is_ok(),
                None => false,
            })
        })
    }

    /// Ends the archive.
    #[napi]
    pub fn end(&self) {
        drop(self.pieces.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl ArchiveInput {
    /// The end that a call reads. It can be taken once.
    pub fn take(&self, env: Env) -> napi::Result<Archive> {
        let archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner).take();
        archive
            .ok_or_else(|| to_js(env, &Error::invalid("archive", "an archive can only be used for one call")))
    }
}
