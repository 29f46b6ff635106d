use crate::engine::{
    Engine,
    api::existed,
    http::{Request, Upload, segment},
};
use crate::error::Result;

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

/// Extracts a tar archive into a directory of a container, running or not.
///
/// # Errors
/// Those of any call.
pub async fn extract(engine: &Engine, id: &str, directory: &str, archive: Upload) -> Result<()> {
    let request = Request::put("write to a volume", format!("/containers/{}/archive", segment(id)));
    engine.ask(request.query("path", directory).archive(archive).long()).await.map(drop)
}
