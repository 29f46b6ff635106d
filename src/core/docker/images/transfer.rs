use serde_json::Value;

use super::{build::failure, reference::split};
use crate::{
    docker::{
        Manager,
        bytes::{Archive, Download},
        name,
    },
    engine::{
        api::transfer::{self, Import},
        http::JsonStream,
    },
    error::{Code, Error, Result},
};

/// Images that are made of an archive. Dropping it ends that.
pub struct Load {
    progress: JsonStream,
    what: &'static str,
}

/// Images with their names and layers, as an archive that [`load`] takes.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn save(manager: &Manager, names: &[String]) -> Result<Download> {
    if names.is_empty() {
        return Err(Error::invalid("images", "images must not be empty"));
    }
    let names: Vec<&str> = names.iter().map(|name| name::image(name)).collect::<Result<_>>()?;
    transfer::save(&*manager.engine().await?, &names).await.map(Download::new)
}

/// Begins to load the images of an archive.
///
/// # Errors
/// Those of any call.
pub async fn load(manager: &Manager, archive: Archive) -> Result<Load> {
    let progress = transfer::load(&*manager.engine().await?, archive.upload()).await?;
    Ok(Load { progress, what: "load the images" })
}

/// How an image is made of an archive.
#[derive(Debug, Clone, Default)]
pub struct ImportParameters {
    /// Its name; none if not set.
    pub name: Option<String>,
    /// A note in its history.
    pub message: Option<String>,
    /// Lines of a Dockerfile that need no `RUN`.
    pub changes: Vec<String>,
    /// Its platform, such as `linux/arm64`; the engine's own if not set.
    pub platform: Option<String>,
}

/// Begins to make an image of the archive of a file system.
///
/// # Errors
/// `INVALID_ARGUMENT`; those of any call.
pub async fn import(manager: &Manager, parameters: ImportParameters, archive: Archive) -> Result<Load> {
    let own = |(repository, tag): (&str, &str)| (repository.to_owned(), tag.to_owned());
    let name = parameters.name.as_deref().map(|name| name::image(name).map(split).map(own)).transpose()?;
    let ImportParameters { message, changes, platform, .. } = parameters;
    let import = Import { name, message, changes, platform };
    let progress = transfer::import(&*manager.engine().await?, &import, archive.upload()).await?;
    Ok(Load { progress, what: "import the image" })
}

impl Load {
    /// The next progress report of the engine; `None` once the images exist.
    ///
    /// # Errors
    /// `ENGINE_ERROR` with the engine's reason.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        let Some(report) = self.progress.next().await? else { return Ok(None) };
        match failure(&report) {
            None => Ok(Some(report)),
            Some(message) => {
                Err(Error::new(Code::EngineError, format!("could not {}: {message}", self.what)))
            }
        }
    }
}

/// Images of the engine's registry, as it lists them.
///
/// # Errors
/// `INVALID_ARGUMENT`; those of any call.
pub async fn search(
    manager: &Manager,
    term: &str,
    limit: Option<u32>,
    filters: Option<String>,
) -> Result<String> {
    if term.is_empty() {
        return Err(Error::invalid("term", "term must not be empty"));
    }
    transfer::search(&*manager.engine().await?, term, limit, filters).await?.text()
}
