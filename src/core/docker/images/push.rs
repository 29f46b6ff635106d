use serde_json::Value;

use super::{build::failure, pull::of_registry, reference::split};
use crate::{
    docker::{
        Manager, name,
        registry_auth::{self, Credentials, Found},
    },
    engine::{api::transfer, http::JsonStream},
    error::{Code, Error, Result},
};

/// A push in progress. Dropping it ends the push.
pub struct Push {
    name: String,
    progress: JsonStream,
    /// Why there are no credentials of a helper.
    trouble: Option<String>,
}

/// Begins to push an image, with the given credentials or those that the Docker configuration holds for its registry.
///
/// # Errors
/// `INVALID_ARGUMENT`; `IMAGE_NOT_FOUND`; `ENGINE_ERROR` with the registry's message; those of any call.
pub async fn push(manager: &Manager, name: &str, credentials: Option<Credentials>) -> Result<Push> {
    if name.contains('@') {
        return Err(Error::invalid("image", format!("an image is pushed by its name and tag, not {name:?}")));
    }
    let (repository, tag) = split(name::image(name)?);
    let Found { header, trouble, .. } =
        registry_auth::for_image(manager.environment(), name, credentials).await?;
    // The engine wants the header even if there is nothing in it.
    let header = header.unwrap_or_else(registry_auth::nobody);
    let progress = transfer::push(&*manager.engine().await?, repository, tag, &header).await;
    let progress = progress.map_err(|error| of_registry(name, error, trouble.clone()))?;
    Ok(Push { name: name.to_owned(), progress, trouble })
}

impl Push {
    /// The next progress report of the engine; `None` once the registry has the image.
    ///
    /// # Errors
    /// `IMAGE_NOT_FOUND` or `ENGINE_ERROR` with the registry's message.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        let Some(report) = self.progress.next().await? else { return Ok(None) };
        match failure(&report) {
            None => Ok(Some(report)),
            Some(message) => {
                let error = Error::new(Code::EngineError, message);
                Err(of_registry(&self.name, error, self.trouble.take()))
            }
        }
    }
}
