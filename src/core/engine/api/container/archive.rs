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

/// Extracts a tar archive into a directory of a container, running or not.
///
/// # Errors
/// Those of any call.
pub async fn extract(engine: &Engine, id: &str, directory: &str, archive: Upload) -> Result<()> {
    let request = Request::put("write to a volume", format!("/containers/{}/archive", segment(id)));
    engine.ask(request.query("path", directory).archive(archive).long()).await.map(drop)
}
