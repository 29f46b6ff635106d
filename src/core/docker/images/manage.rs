use super::reference::split;
use crate::{
    docker::{Manager, name},
    engine::api::image,
    error::Result,
};

/// Gives an image another name.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn tag(manager: &Manager, name: &str, new: &str) -> Result<()> {
    let (repository, tag) = split(name::image(new)?);
    let name = name::image(name)?;
    image::tag(&*manager.engine().await?, name, repository, tag).await
}

/// The steps that an image was built in, as the engine lists them.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn history(manager: &Manager, name: &str) -> Result<String> {
    let name = name::image(name)?;
    image::history(&*manager.engine().await?, name).await.map(|steps| steps.to_string())
}

/// Removes an image; `false` if it did not exist.
///
/// # Errors
/// `INVALID_ARGUMENT`; `CONFLICT` if a container uses it; those of any call.
pub async fn remove(manager: &Manager, name: &str, force: bool) -> Result<bool> {
    let name = name::image(name)?;
    image::remove(&*manager.engine().await?, name, force).await
}

/// Lists the images that match the filters (JSON); with `all`, intermediate ones too.
///
/// # Errors
/// Those of any call.
pub async fn list(manager: &Manager, all: bool, filters: Option<String>) -> Result<String> {
    image::list(&*manager.engine().await?, all, filters).await?.text()
}

/// Creates an image from a container and returns its id. With `pause`, the container is paused meanwhile.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn commit(
    manager: &Manager,
    id: &str,
    name: Option<&str>,
    message: Option<&str>,
    pause: bool,
) -> Result<String> {
    let id = name::container(id)?;
    let name = name.map(|name| name::image(name).map(split)).transpose()?;
    image::commit(&*manager.engine().await?, id, name, message, pause).await
}
