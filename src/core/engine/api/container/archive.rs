use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::engine::{
    Engine,
    api::existed,
    http::{BodyStream, Request, Upload, segment},
};
use crate::error::{Code, Error, Result};

/// Whether a path exists in a container, running or not.
///
/// # Errors
/// Those of any call.
pub async fn has_path(engine: &Engine, id: &str, path: &str) -> Result<bool> {
    let request = Request::head("look into a volume", format!("/containers/{}/archive", segment(id)));
    existed(engine.ask(request.query("path", path)).await)
}

/// A file or directory of a container, running or not, as a tar archive.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn fetch(engine: &Engine, id: &str, path: &str) -> Result<Vec<u8>> {
    let request = Request::get("read a file of an image", format!("/containers/{}/archive", segment(id)));
    Ok(engine.ask(request.query("path", path)).await?.bytes())
}

/// What a path in a container is, as the engine describes it.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn stat(engine: &Engine, id: &str, path: &str) -> Result<Value> {
    let request = Request::head("look into a container", format!("/containers/{}/archive", segment(id)));
    let answer = engine.ask(request.query("path", path)).await?;
    let told = answer.header("X-Docker-Container-Path-Stat").and_then(|text| STANDARD.decode(text).ok());
    let value = told.and_then(|json| serde_json::from_slice(&json).ok());
    value.ok_or_else(|| Error::new(Code::EngineError, "the engine did not say what is at the path"))
}

/// A file or directory of a container, running or not, as a tar archive that is read as it comes.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn read(engine: &Engine, id: &str, path: &str) -> Result<BodyStream> {
    let request = Request::get("read from a container", format!("/containers/{}/archive", segment(id)));
    engine.open(request.query("path", path).long()).await
}

/// The whole file system of a container, without its mounts, as a tar archive that is read as it comes.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn export(engine: &Engine, id: &str) -> Result<BodyStream> {
    engine
        .open(Request::get("export a container", format!("/containers/{}/export", segment(id))).long())
        .await
}

/// How an archive is extracted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extraction {
    /// Whether a file may not take the place of a directory, or the other way around.
    pub keeps_kinds: bool,
}

/// Extracts a tar archive into a directory of a container, running or not.
///
/// # Errors
/// Those of any call.
pub async fn extract(
    engine: &Engine,
    id: &str,
    directory: &str,
    how: Extraction,
    archive: Upload,
) -> Result<()> {
    let request = Request::put("write to a container", format!("/containers/{}/archive", segment(id)))
        .query("path", directory)
        .query_if("noOverwriteDirNonDir", how.keeps_kinds.then_some(true));
    engine.ask(request.archive(archive).long()).await.map(drop)
}
