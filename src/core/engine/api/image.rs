//! Calls about images.

use serde_json::Value;

use super::existed;
use crate::engine::{
    Engine,
    http::{Answer, Request, segment},
    is_missing,
};
use crate::error::{Code, Error, Result};

/// The names, beside that of the default image, under which the package's scripts build images.
const OWN: [&str; 3] = ["opencode-sandbox-", "cofferdam-runtime-", "cofferdam-dind"];

/// Describes an image.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn inspect(engine: &Engine, name: &str) -> Result<Answer> {
    engine.ask(Request::get("inspect an image", format!("/images/{}/json", segment(name)))).await
}

/// Lists the images that match the filters (JSON); with `all`, intermediate ones too.
///
/// # Errors
/// Those of any call.
pub async fn list(engine: &Engine, all: bool, filters: Option<String>) -> Result<Answer> {
    let request = Request::get("list images", "/images/json").query("all", all);
    engine.ask(request.query_if("filters", filters)).await
}

/// The steps that an image was built in, the last one first.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn history(engine: &Engine, id: &str) -> Result<Value> {
    let request = Request::get("read an image's history", format!("/images/{}/history", segment(id)));
    engine.ask(request).await?.json()
}

/// Gives an image another name.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn tag(engine: &Engine, name: &str, repository: &str, tag: &str) -> Result<()> {
    let request = Request::post("tag an image", format!("/images/{}/tag", segment(name)));
    engine.ask(request.query("repo", repository).query("tag", tag)).await.map(drop)
}

/// Creates an image from a container and returns its id. `name` is repository and tag.
///
/// # Errors
/// `NOT_FOUND`; those of any call.
pub async fn commit(
    engine: &Engine,
    container: &str,
    name: Option<(&str, &str)>,
    message: Option<&str>,
    pause: bool,
) -> Result<String> {
    let request = Request::post("commit a container", "/commit")
        .query("container", container)
        .query("pause", pause)
        .query_if("repo", name.map(|(repository, _)| repository))
        .query_if("tag", name.map(|(_, tag)| tag))
        .query_if("comment", message)
        .long();
    engine.ask(request).await?.field("Id")
}

/// Removes an image; `false` if it did not exist.
///
/// # Errors
/// `CONFLICT` if a container uses it; those of any call.
pub async fn remove(engine: &Engine, name: &str, force: bool) -> Result<bool> {
    let request = Request::delete("remove an image", format!("/images/{}", segment(name)));
    existed(engine.ask(request.query("force", force).long()).await)
}

/// Turns a failure to create a container into `IMAGE_NOT_FOUND` if the image is missing: the engine answers with the
/// same 404 for a missing network.
pub(in crate::engine) async fn explain_missing(engine: &Engine, image: &str, error: Error) -> Error {
    if !is_missing(&error) {
        return error;
    }
    match engine.promptly("inspect an image", inspect(engine, image)).await {
        Err(inspected) if is_missing(&inspected) => missing(image),
        Ok(_) | Err(_) => error,
    }
}

fn missing(image: &str) -> Error {
    let name = image.split(':').next().unwrap_or(image);
    let hint = match name {
        "ai-sandbox" | "autocoder-sandbox" | "claude-agent-sandbox" => {
            "build it: bash docker/build-sandbox.sh in cofferdam's package".to_owned()
        }
        _ if OWN.iter().any(|own| name.starts_with(own)) => {
            format!("build it: bash docker/build-sandbox.sh {name} in cofferdam's package")
        }
        _ => format!("pull it: docker pull {image}"),
    };
    Error::new(Code::ImageNotFound, format!("the image {image} does not exist on the engine"))
        .hint(hint)
        .detail("image", image)
}
