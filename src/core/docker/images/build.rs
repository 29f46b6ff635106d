use std::path::PathBuf;

use serde_json::Value;

use super::{BuildParameters, context};
use crate::{
    docker::{Manager, name},
    engine::{api::image, http::JsonStream},
    error::{Code, Error, Result},
};

/// A build in progress. Dropping it ends the build.
pub struct Build(JsonStream);

/// Begins to build an image. `context` is the directory that the build sees; without a Dockerfile in the parameters,
/// it is `Dockerfile`.
///
/// # Errors
/// `INVALID_ARGUMENT`; `FILE_ERROR` if the directory or its Dockerfile can't be read; those of any call.
pub async fn build(manager: &Manager, context: PathBuf, mut parameters: BuildParameters) -> Result<Build> {
    if parameters.dockerfile.is_empty() {
        "Dockerfile".clone_into(&mut parameters.dockerfile);
    }
    for tag in &parameters.tags {
        name::image(tag)?;
    }
    let archive = context::stream(context, &parameters.dockerfile)?;
    let engine = manager.engine().await?;
    image::build(&engine, &parameters, archive).await.map(Build)
}

impl Build {
    /// The next progress report of the engine; `None` once the image exists.
    ///
    /// # Errors
    /// `ENGINE_ERROR` with the failed step, and `details.exitCode` of its command.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        let Some(report) = self.0.next().await? else { return Ok(None) };
        if let Some(message) = failure(&report) {
            let message = format!("could not build the image: {message}");
            return Err(Error::new(Code::EngineError, message)
                .detail("exitCode", report.pointer("/errorDetail/code").and_then(Value::as_i64)));
        }
        Ok(Some(report))
    }
}

/// The failure that a progress report contains, if any.
pub fn failure(report: &Value) -> Option<String> {
    let message = report.pointer("/errorDetail/message").or_else(|| report.get("error"));
    message.and_then(Value::as_str).map(str::to_owned)
}
