//! The whole engine, for whoever wants more than sandboxes: any container and image, ours or not. What the engine says of
//! them is handed on as it is.

mod change;
mod config;
mod events;
mod exec;
mod images;
mod logs;
mod ndjson;
mod networks;
mod policy;
mod pool;
mod registry;
mod stats;
mod volumes;

use std::sync::Arc;

use hyper::Method;
use serde_json::Value;

use crate::{
    cancellation::Cancellation,
    engine::{
        Engine, EngineOptions,
        http::{Request, parse, segment, text},
        image::explain_missing,
    },
    error::{Code, Error, Result},
    single_flight::SingleFlight,
};

pub use change::Change;
pub use config::{ContainerConfig, Defaults};
pub use events::Events;
pub use exec::{Executed, ManagedExec};
pub use images::{Build, BuildOptions, Pull};
pub use logs::{LogChunk, LogOptions, Logs};
pub use ndjson::Lines;
pub use networks::{NetworkOptions, Traffic};
pub use policy::NetworkPolicy;
pub use stats::Stats;
pub use volumes::TaskMount;

/// One engine, found when it is first needed.
pub struct Manager {
    options: EngineOptions,
    engine: SingleFlight<Arc<Engine>>,
    samples: stats::Samples,
    closing: Cancellation,
}

impl Manager {
    /// A manager of the engine that these options lead to. Nothing is connected to yet.
    #[must_use]
    pub fn new(options: EngineOptions) -> Self {
        Self {
            options,
            engine: SingleFlight::default(),
            samples: stats::Samples::default(),
            closing: Cancellation::default(),
        }
    }

    /// Ends it: every call, also those under way, is `CLOSED`.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// What ends all calls.
    #[must_use]
    pub fn closing(&self) -> &Cancellation {
        &self.closing
    }

    /// The engine.
    ///
    /// # Errors
    /// As [`Engine::connect`].
    pub async fn engine(&self) -> Result<Arc<Engine>> {
        let options = self.options.clone();
        let connect = || {
            let options = options.clone();
            async move { Box::pin(Engine::connect(&options)).await.map(Arc::new) }
        };
        self.engine.get(|_| true, connect).await
    }

    /// What the engine answers, which is JSON, to a question without parameters: `/info`, `/version`.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn look(&self, what: &'static str, path: &str) -> Result<String> {
        self.json(Request::new(what, Method::GET, path)).await
    }

    /// What the engine says of a container.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn inspect(&self, id: &str) -> Result<String> {
        let path = format!("/containers/{}/json", segment(container(id)?));
        self.json(Request::new("inspect a container", Method::GET, path)).await
    }

    /// What the engine says of its containers: of those that run, or of `all`; of those that fit the filters, which are JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn list(&self, all: bool, filters: Option<String>) -> Result<String> {
        let request = Request::new("list containers", Method::GET, "/containers/json").query("all", all);
        self.json(filtered(request, filters)).await
    }

    /// Makes a container; its id.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, `ALREADY_EXISTS` when the name is taken, `IMAGE_NOT_FOUND`; those of any call.
    pub async fn create(&self, config: &ContainerConfig) -> Result<String> {
        let engine = self.engine().await?;
        let mut body = config.body();
        if let Some(network) = config.network_without_dns() {
            body["HostConfig"]["Dns"] = self.network_dns(network).await?.into();
        }
        let mut request =
            Request::new("create a container", Method::POST, "/containers/create").json(&body).long();
        if let Some(name) = config.name() {
            request = request.query("name", name);
        }
        match engine.ask(request).await {
            Ok(answer) => text(&parse(&answer.body)?, "Id"),
            Err(error) if error.code() == Code::Conflict => {
                let message = error.message().to_owned();
                Err(Error::new(Code::AlreadyExists, message).detail("name", config.name().map(str::to_owned)))
            }
            Err(error) => Err(explain_missing(&engine, config.image(), error).await),
        }
    }

    /// Waits until a container does not run any more; its exit code.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn wait(&self, id: &str) -> Result<i64> {
        let path = format!("/containers/{}/wait", segment(container(id)?));
        let engine = self.engine().await?;
        let body = engine.open(Request::new("wait for a container", Method::POST, path)).await?;
        // The head comes at once, the body at the end: however long that takes.
        let answer = Lines::new(engine, "wait for a container", body).first().await?;
        let code = answer.get("StatusCode").and_then(Value::as_i64);
        code.ok_or_else(|| Error::new(Code::EngineError, "the engine did not say how the container ended"))
    }

    /// Removes containers that do not run and fit the filters, which are JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn prune(&self, filters: Option<String>) -> Result<String> {
        let request = Request::new("prune containers", Method::POST, "/containers/prune").long();
        self.json(filtered(request, filters)).await
    }

    async fn json(&self, request: Request) -> Result<String> {
        let answer = self.engine().await?.ask(request).await?;
        String::from_utf8(answer.body.into())
            .map_err(|_| Error::new(Code::EngineError, "the engine's answer is not text"))
    }
}

fn filtered(request: Request, filters: Option<String>) -> Request {
    match filters {
        Some(filters) => request.query("filters", filters),
        None => request,
    }
}

/// A container's id or name as part of a path.
fn container(id: &str) -> Result<&str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let name = id.strip_prefix('/').unwrap_or(id);
    if name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.bytes().all(allowed) {
        return Ok(name);
    }
    Err(Error::invalid(
        "id",
        "a container's id or name is of A-Z a-z 0-9 . _ - and starts with a letter or digit",
    ))
}

/// An image's name or id as part of a path.
fn image(name: &str) -> Result<&str> {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/' | b':' | b'@');
    let begins = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if begins && name.len() <= 1024 && name.bytes().all(allowed) && !name.contains("..") {
        return Ok(name);
    }
    Err(Error::invalid("image", format!("{name:?} is no name of an image, such as ai-sandbox:latest")))
}
