use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use serde_json::Value;

use super::{
    BuildParameters,
    archive::{self, Failure},
    trace::Trace,
};
use crate::{
    docker::{
        Manager, name,
        registry_auth::{self, Credentials},
    },
    engine::{
        api::build as api,
        http::JsonStream,
        session::{self, Answers, Session},
    },
    error::{Code, Error, Result},
};

/// The longest secret that BuildKit takes, in bytes.
const MAX_SECRET: usize = 500 * 1024;

/// A build in progress. Dropping it ends the build.
pub struct Build {
    progress: JsonStream,
    trace: Trace,
    /// Reports that are not handed over yet.
    ready: VecDeque<Value>,
    /// Ends with the build.
    _session: Option<Session>,
    context: Failure,
    /// Why there are no credentials of a helper.
    trouble: Option<String>,
}

/// Begins to build an image. `context` is the directory that the build sees; without a Dockerfile in the parameters,
/// it is `Dockerfile`. The credentials, by registry, take precedence over those of the Docker configuration.
///
/// # Errors
/// `INVALID_ARGUMENT`; `FILE_ERROR` if the directory or something in it can't be read; those of any call.
pub async fn build(
    manager: &Manager,
    context: PathBuf,
    mut parameters: BuildParameters,
    credentials: BTreeMap<String, Credentials>,
    secrets: BTreeMap<String, Vec<u8>>,
) -> Result<Build> {
    check_secrets(&secrets, parameters.buildkit)?;
    if parameters.dockerfile.is_empty() {
        "Dockerfile".clone_into(&mut parameters.dockerfile);
    }
    for tag in parameters.tags.iter().chain(&parameters.cache_from) {
        name::image(tag)?;
    }
    let credentials = registry_auth::for_build(manager.environment(), credentials).await?;
    let engine = manager.engine().await?;
    let session = if parameters.buildkit && !(secrets.is_empty() && credentials.all.is_empty()) {
        let logins = registry_auth::logins(&credentials.all);
        Some(session::open(&engine, Answers { secrets, logins }).await?)
    } else {
        None
    };
    let (archive, dockerfile, context) = archive::stream(context, &parameters.dockerfile).await?;
    parameters.dockerfile = dockerfile.to_string_lossy().into_owned();
    match api::build(&engine, &parameters, archive, credentials.header, session.as_ref().map(Session::id))
        .await
    {
        Ok(progress) => {
            let (trace, ready) = (Trace::default(), VecDeque::new());
            Ok(Build { progress, trace, ready, _session: session, context, trouble: credentials.trouble })
        }
        Err(error) => Err(why(&context, error)),
    }
}

impl Build {
    /// The next progress report of the engine; `None` once the image exists.
    ///
    /// # Errors
    /// `ENGINE_ERROR` with the failed step, and `details.exitCode` of its command.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(report) = self.ready.pop_front() {
                return Ok(Some(report));
            }
            let next = self.progress.next().await;
            let Some(report) = next.map_err(|error| why(&self.context, error))? else { return Ok(None) };
            self.check(&report)?;
            self.ready.extend(self.trace.read(report));
        }
    }

    /// Fails if the build has.
    fn check(&mut self, report: &Value) -> Result<()> {
        if let Some(message) = failure(report) {
            let message = format!("could not build the image: {message}");
            let error = Error::new(Code::EngineError, message)
                .detail("exitCode", report.pointer("/errorDetail/code").and_then(Value::as_i64));
            let error = match self.trouble.take() {
                Some(trouble) => error.hint(trouble),
                None => error,
            };
            return Err(why(&self.context, error));
        }
        Ok(())
    }
}

/// Whether a builder is BuildKit; the classic one if not set.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn is_buildkit(builder: Option<&str>) -> Result<bool> {
    match builder {
        None | Some("classic") => Ok(false),
        Some("buildkit") => Ok(true),
        Some(other) => {
            let message = format!("builder must be 'classic' or 'buildkit', not {other:?}");
            Err(Error::invalid("builder", message))
        }
    }
}

/// Checks secrets: BuildKit alone has them, and takes no long ones.
fn check_secrets(secrets: &BTreeMap<String, Vec<u8>>, buildkit: bool) -> Result<()> {
    let wrong = |message: String| Err(Error::invalid("secrets", message));
    if !secrets.is_empty() && !buildkit {
        return wrong("secrets need builder: 'buildkit'".to_owned());
    }
    match secrets.iter().find(|(_, secret)| secret.len() > MAX_SECRET) {
        Some((id, _)) => wrong(format!("secrets.{id} must have at most {MAX_SECRET} bytes")),
        None => Ok(()),
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
