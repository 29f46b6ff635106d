//! Images: pulled, built, named, listed, removed.

use std::{path::PathBuf, sync::Arc};

use hyper::Method;
use serde_json::{Value, json};

use super::{Lines, Manager, container, filtered, image, registry, text};
use crate::{
    engine::{
        Engine,
        http::{Request, segment},
    },
    error::{Code, Error, Result},
};

mod context;

/// A pull under way. Dropping it ends it.
pub struct Pull {
    engine: Arc<Engine>,
    name: String,
    lines: Lines,
    /// What the registry said last of what it can't do.
    failure: Option<String>,
}

/// How an image is built.
#[derive(Debug, Default)]
pub struct BuildOptions {
    /// The directory that the build sees.
    pub context: PathBuf,
    /// The Dockerfile, in the directory.
    pub dockerfile: Option<String>,
    /// The image's names.
    pub tags: Vec<String>,
    /// Values for `ARG`.
    pub build_args: std::collections::BTreeMap<String, String>,
    /// Labels.
    pub labels: std::collections::BTreeMap<String, String>,
    /// The stage that is the result.
    pub target: Option<String>,
    /// Makes every layer anew.
    pub no_cache: bool,
    /// What `RUN` reaches: `none`, `host`, a network.
    pub network: Option<String>,
}

/// A build under way. Dropping it ends it.
pub struct Build {
    lines: Lines,
    id: Option<String>,
}

impl Manager {
    /// Begins to pull an image, with the credentials that Docker's configuration has for its registry.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; what the registry refuses, with its words; those of any call.
    pub async fn pull(&self, name: &str, platform: Option<&str>) -> Result<Pull> {
        let (repository, tag) = split(image(name)?);
        let mut request = Request::new("pull an image", Method::POST, "/images/create")
            .query("fromImage", repository)
            .query("tag", tag)
            .long();
        if let Some(platform) = platform {
            request = request.query("platform", platform);
        }
        if let Some(credentials) = registry::credentials(&self.options.environment, name).await? {
            request = request.header("X-Registry-Auth", credentials);
        }
        let engine = self.engine().await?;
        let body = engine.open(request).await.map_err(|error| of_registry(name, error))?;
        let lines = Lines::new(Arc::clone(&engine), "pull an image", body);
        Ok(Pull { engine, name: name.to_owned(), lines, failure: None })
    }

    /// Begins to build an image of a directory.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `FILE_ERROR` for the directory; those of any call.
    pub async fn build(&self, options: BuildOptions) -> Result<Build> {
        let dockerfile = options.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned());
        let mut request = Request::new("build an image", Method::POST, "/build")
            .query("dockerfile", &dockerfile)
            .query("buildargs", json!(options.build_args))
            .query("labels", json!(options.labels))
            .query("nocache", options.no_cache)
            // Nothing of a build that failed stays.
            .query("forcerm", true)
            .header("Content-Type", "application/x-tar")
            .long();
        for tag in &options.tags {
            request = request.query("t", image(tag)?);
        }
        for (name, value) in [("target", &options.target), ("networkmode", &options.network)] {
            if let Some(value) = value {
                request = request.query(name, value);
            }
        }
        let body = context::stream(options.context, &dockerfile)?;
        let engine = self.engine().await?;
        let body = engine.open(request.body(body)).await?;
        Ok(Build { lines: Lines::new(engine, "build an image", body), id: None })
    }

    /// Gives an image another name.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn tag(&self, name: &str, new: &str) -> Result<()> {
        let (repository, tag) = split(image(new)?);
        let path = format!("/images/{}/tag", segment(image(name)?));
        let request =
            Request::new("tag an image", Method::POST, path).query("repo", repository).query("tag", tag);
        self.engine().await?.ask(request).await.map(drop)
    }

    /// Removes an image; `false` when it is not there.
    ///
    /// # Errors
    /// `CONFLICT` when a container needs it; those of any call.
    pub async fn remove_image(&self, name: &str, force: bool) -> Result<bool> {
        let request =
            Request::new("remove an image", Method::DELETE, format!("/images/{}", segment(image(name)?)));
        match self.engine().await?.ask(request.query("force", force).long()).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Code::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What the engine says of its images that fit the filters, which are JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn images(&self, all: bool, filters: Option<String>) -> Result<String> {
        let request = Request::new("list images", Method::GET, "/images/json").query("all", all);
        self.json(filtered(request, filters)).await
    }

    /// Makes an image of a container as it is; its id.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn commit(
        &self,
        id: &str,
        name: Option<&str>,
        message: Option<&str>,
        pause: bool,
    ) -> Result<String> {
        let mut request = Request::new("commit a container", Method::POST, "/commit")
            .query("container", container(id)?)
            .query("pause", pause)
            .long();
        if let Some(name) = name {
            let (repository, tag) = split(image(name)?);
            request = request.query("repo", repository).query("tag", tag);
        }
        if let Some(message) = message {
            request = request.query("comment", message);
        }
        let answer = self.engine().await?.ask(request).await?;
        text(&super::parse(&answer.body)?, "Id")
    }
}

impl Pull {
    /// What the engine says next of it, as it says it; `None` when the image is there.
    ///
    /// # Errors
    /// `IMAGE_NOT_FOUND` and `ENGINE_ERROR` with the registry's words.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        match self.lines.next().await {
            Ok(Some(line)) => {
                if let Some(message) = failure(&line) {
                    self.failure = Some(message);
                }
                Ok(Some(line))
            }
            // Some engines end a pull that succeeded with an error, and others one that failed without: the image decides.
            Ok(None) => self.verdict(None).await.map(|()| None),
            Err(error) => self.verdict(Some(error)).await.map(|()| None),
        }
    }

    async fn verdict(&mut self, broken: Option<Error>) -> Result<()> {
        if let Some(message) = self.failure.take() {
            return Err(of_registry(&self.name, Error::new(Code::EngineError, message)));
        }
        let path = format!("/images/{}/json", segment(&self.name));
        match self.engine.ask(Request::new("inspect an image", Method::GET, path)).await {
            Ok(_) => Ok(()),
            Err(error) => Err(broken.unwrap_or(error)),
        }
    }
}

impl Build {
    /// What the engine says next of it, as it says it; `None` when the image is there.
    ///
    /// # Errors
    /// `ENGINE_ERROR` with what failed.
    pub async fn next(&mut self) -> Result<Option<Value>> {
        let Some(line) = self.lines.next().await? else { return Ok(None) };
        if let Some(message) = failure(&line) {
            let message = format!("the image could not be built: {message}");
            return Err(Error::new(Code::EngineError, message)
                .detail("exitCode", line.pointer("/errorDetail/code").and_then(Value::as_i64)));
        }
        if let Some(id) = line.pointer("/aux/ID").and_then(Value::as_str) {
            self.id = Some(id.to_owned());
        }
        Ok(Some(line))
    }

    /// The image's id, once it is there.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

fn failure(line: &Value) -> Option<String> {
    let message = line.pointer("/errorDetail/message").or_else(|| line.get("error"));
    message.and_then(Value::as_str).map(str::to_owned)
}

/// A registry's refusal, under the code that it means.
fn of_registry(name: &str, error: Error) -> Error {
    let message = error.message().to_owned();
    let lower = message.to_lowercase();
    let missing = ["not found", "manifest unknown", "does not exist", "no such image", "name unknown"];
    if error.code() == Code::NotFound || missing.iter().any(|words| lower.contains(words)) {
        return Error::new(Code::ImageNotFound, message)
            .hint("is its name right, and are you logged in to its registry (docker login)?")
            .detail("image", name);
    }
    error.detail("image", name)
}

/// A name as repository and tag; a digest stands in the tag's place.
fn split(name: &str) -> (&str, &str) {
    if let Some((repository, digest)) = name.split_once('@') {
        return (repository, digest);
    }
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_name_has_a_repository_and_a_tag() {
        for (name, repository, tag) in [
            ("a", "a", "latest"),
            ("a:1", "a", "1"),
            ("host:5000/a/b", "host:5000/a/b", "latest"),
            ("host:5000/a:1", "host:5000/a", "1"),
            ("a@sha256:00", "a", "sha256:00"),
        ] {
            assert_eq!(split(name), (repository, tag));
        }
    }
}
