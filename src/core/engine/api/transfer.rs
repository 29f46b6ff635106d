//! Images that come and go: from and to registries, and as archives.

use std::time::Duration;

use crate::engine::{
    Engine,
    http::{Answer, BodyStream, JsonStream, Request, Upload},
};
use crate::error::Result;

/// How long the engine may prepare or digest a whole image without a sign of life, on top of its deadline.
const WHOLE_IMAGE: Duration = Duration::from_hours(1);

/// Begins to pull an image; `credentials` is the value of `X-Registry-Auth`.
///
/// # Errors
/// Those of any call.
pub async fn pull(
    engine: &Engine,
    repository: &str,
    tag: &str,
    platform: Option<&str>,
    credentials: Option<String>,
) -> Result<JsonStream> {
    let mut request = Request::post("pull an image", "/images/create")
        .query("fromImage", repository)
        .query("tag", tag)
        .query_if("platform", platform)
        .long();
    if let Some(credentials) = credentials {
        request = request.header("X-Registry-Auth", credentials);
    }
    engine.open(request).await.map(JsonStream::new)
}

/// Begins to push an image to its registry; `credentials` is the value of `X-Registry-Auth`, which the engine requires.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn push(engine: &Engine, repository: &str, tag: &str, credentials: &str) -> Result<JsonStream> {
    // Slashes of the repository are part of the path.
    let request = Request::post("push an image", format!("/images/{repository}/push")).query("tag", tag);
    engine.open(request.header("X-Registry-Auth", credentials).long()).await.map(JsonStream::new)
}

/// Images with their names and layers, as an archive that [`load`] takes.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn save(engine: &Engine, names: &[&str]) -> Result<BodyStream> {
    let request = Request::get("save images", "/images/get").long().busy_for(WHOLE_IMAGE);
    engine.open(names.iter().fold(request, |request, name| request.query("names", name))).await
}

/// Begins to load the images of an archive.
///
/// # Errors
/// Those of any call.
pub async fn load(engine: &Engine, archive: Upload) -> Result<JsonStream> {
    let request = Request::post("load images", "/images/load").query("quiet", false).archive(archive);
    engine.open(request.long().busy_for(WHOLE_IMAGE)).await.map(JsonStream::new)
}

/// What an image that is made of an archive is called, and how it is made.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// Its repository and tag.
    pub name: Option<(String, String)>,
    /// A note in its history.
    pub message: Option<String>,
    /// Lines of a Dockerfile, such as `CMD ["sh"]`.
    pub changes: Vec<String>,
    /// Its platform, such as `linux/arm64`.
    pub platform: Option<String>,
}

/// Begins to make an image of the archive of a file system.
///
/// # Errors
/// Those of any call.
pub async fn import(engine: &Engine, import: &Import, archive: Upload) -> Result<JsonStream> {
    let request = Request::post("import an image", "/images/create")
        .query("fromSrc", "-")
        .query_if("repo", import.name.as_ref().map(|(repository, _)| repository))
        .query_if("tag", import.name.as_ref().map(|(_, tag)| tag))
        .query_if("message", import.message.as_ref())
        .query_if("platform", import.platform.as_ref())
        .archive(archive)
        .long()
        .busy_for(WHOLE_IMAGE);
    let request = import.changes.iter().fold(request, |request, change| request.query("changes", change));
    engine.open(request).await.map(JsonStream::new)
}

/// Searches the engine's registry for images.
///
/// # Errors
/// Those of any call.
pub async fn search(
    engine: &Engine,
    term: &str,
    limit: Option<u32>,
    filters: Option<String>,
) -> Result<Answer> {
    let request = Request::get("search for images", "/images/search").query("term", term).long();
    engine.ask(request.query_if("limit", limit).query_if("filters", filters)).await
}
