use std::path::PathBuf;

use serde_json::Value;

use super::{
    BuildParameters,
    archive::{self, Failure},
};
use crate::{
    docker::{Manager, name, registry_auth},
    engine::{api::image, http::JsonStream},
    error::{Code, Error, Result},
};

/// A build in progress. Dropping it ends the build.
pub struct Build {
    progress: JsonStream,
    context: Failure,
    /// Why there are no credentials of a helper.
    trouble: Option<String>,
}

/// Begins to build an image. `context` is the directory that the build sees; without a Dockerfile in the parameters,
/// it is `Dockerfile`.
///
/// # Errors
/// `INVALID_ARGUMENT`; `FILE_ERROR` if the directory or something in it can't be read; those of any call.
pub async fn build(manager: &Manager, context: PathBuf, mut parameters: BuildParameters) -> Result<Build> {
    if parameters.dockerfile.is_empty() {
        "Dockerfile".clone_into(&mut parameters.dockerfile);
    }
    for tag in &parameters.tags {
        name::image(tag)?;
    }
    let credentials = registry_auth::for_build(manager.environment()).await?;
    let engine = manager.engine().await?;
    let (archive, dockerfile, context) = archive::stream(context, &parameters.dockerfile).await?;
    parameters.dockerfile = dockerfile.to_string_lossy().into_owned();
    match image::build(&engine, &parameters, archive, credentials.header).await {
        Ok(progress) => Ok(Build { progress, context, trouble: credentials.trouble }),
        Err(error) => Err(why(&context, error)),
    }
}

impl Build {
    /// The next progress report of the engine; `None` once the image exists.
    ///
    /// # Errors
    /// `ENGINE_ERROR` with the failed step, and `details.exitCode` of its command.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        let next = self.progress.next().await;
        let Some(report) = next.map_err(|error| why(&self.context, error))? else { return Ok(None) };
        if let Some(message) = failure(&report) {
            let message = format!("could not build the image: {message}");
            let error = Error::new(Code::EngineError, message)
                .detail("exitCode", report.pointer("/errorDetail/code").and_then(Value::as_i64));
            let error = match self.trouble.take() {
                Some(trouble) => error.hint(trouble),
                None => error,
            };
            return Err(why(&self.context, error));
        }
        Ok(Some(report))
    }
}

/// Why a build failed. An engine whose context breaks off does not know the reason.
fn why(context: &Failure, error: Error) -> Error {
    context.get().cloned().unwrap_or(error)
}

/// The failure that a progress report contains, if any.
pub fn failure(report: &Value) -> Option<String> {
    let message = report.pointer("/errorDetail/message").or_else(|| report.get("error"));
    message.and_then(Value::as_str).map(str::to_owned)
}
