use std::sync::Arc;

use serde_json::Value;

use super::{build::failure, reference::split};
use crate::{
    docker::{
        Manager, name,
        registry_auth::{self, Credentials, Found},
    },
    engine::{
        Engine,
        api::{image, transfer},
        http::JsonStream,
    },
    error::{Code, Error, Result},
};

/// A pull in progress. Dropping it ends the pull.
pub struct Pull {
    engine: Arc<Engine>,
    name: String,
    progress: JsonStream,
    /// The last failure that the registry reported.
    failure: Option<String>,
    /// Why there are no credentials of a helper.
    trouble: Option<String>,
}

/// Begins to pull an image, with the given credentials or those that the Docker configuration holds for its registry.
///
/// # Errors
/// `INVALID_ARGUMENT`; `IMAGE_NOT_FOUND` or `ENGINE_ERROR` with the registry's message; those of any call.
pub async fn pull(
    manager: &Manager,
    name: &str,
    platform: Option<&str>,
    credentials: Option<Credentials>,
) -> Result<Pull> {
    let (repository, tag) = split(name::image(name)?);
    let Found { header, trouble, .. } =
        registry_auth::for_image(manager.environment(), name, credentials).await?;
    let engine = manager.engine().await?;
    let progress = transfer::pull(&engine, repository, tag, platform, header).await;
    let progress = progress.map_err(|error| of_registry(name, error, trouble.clone()))?;
    Ok(Pull { engine, name: name.to_owned(), progress, failure: None, trouble })
}

impl Pull {
    /// The next progress report of the engine; `None` once the image exists.
    ///
    /// # Errors
    /// `IMAGE_NOT_FOUND` or `ENGINE_ERROR` with the registry's message.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        match self.progress.next().await {
            Ok(Some(report)) => {
                if let Some(message) = failure(&report) {
                    self.failure = Some(message);
                }
                Ok(Some(report))
            }
            // Some engines end a successful pull with an error, others a failed one without: the image decides.
            Ok(None) => self.verdict(None).await.map(|()| None),
            Err(error) => self.verdict(Some(error)).await.map(|()| None),
        }
    }

    async fn verdict(&mut self, broken: Option<Error>) -> Result<()> {
        if let Some(message) = self.failure.take() {
            return Err(of_registry(&self.name, Error::new(Code::EngineError, message), self.trouble.take()));
        }
        match image::inspect(&self.engine, &self.name).await {
            Ok(_) => Ok(()),
            Err(error) => Err(broken.unwrap_or(error)),
        }
    }
}

/// A registry's refusal with its proper code.
pub(super) fn of_registry(name: &str, error: Error, trouble: Option<String>) -> Error {
    let message = error.message().to_owned();
    let lower = message.to_lowercase();
    let missing = ["not found", "manifest unknown", "does not exist", "no such image", "name unknown"];
    if error.code() == Code::NotFound || missing.iter().any(|words| lower.contains(words)) {
        let usual = "check the image's name, and log in to its registry if it is private (docker login)";
        return Error::new(Code::ImageNotFound, message)
            .hint(trouble.unwrap_or_else(|| usual.to_owned()))
            .detail("image", name);
    }
    let error = error.detail("image", name);
    match trouble {
        Some(trouble) => error.hint(trouble),
        None => error,
    }
}
