//! The build of an image.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::engine::{
    Engine,
    http::{JsonStream, Request, Upload},
};
use crate::error::Result;

/// BuildKit, as the engine numbers its builders.
const BUILDKIT: u8 = 2;

/// The parameters of a build.
#[derive(Debug, Default)]
pub struct BuildParameters {
    /// The path of the Dockerfile in the context.
    pub dockerfile: String,
    /// The names of the new image.
    pub tags: Vec<String>,
    /// Values for `ARG`.
    pub build_args: BTreeMap<String, String>,
    /// Labels of the new image.
    pub labels: BTreeMap<String, String>,
    /// The stage to build; the last one if not set.
    pub target: Option<String>,
    /// Whether to ignore the build cache.
    pub no_cache: bool,
    /// The network for `RUN`: `none`, `host` or a network's name.
    pub network: Option<String>,
    /// The platform of the image and of its base images, such as `linux/arm64`; the engine's own if not set.
    pub platform: Option<String>,
    /// Whether to ask the registry for newer base images.
    pub pull: bool,
    /// Images whose layers may be used in place of a build cache.
    pub cache_from: Vec<String>,
    /// Whether BuildKit builds it, in place of the classic builder.
    pub buildkit: bool,
}

impl BuildParameters {
    fn cache_from(&self) -> Option<Value> {
        (!self.cache_from.is_empty()).then(|| json!(self.cache_from))
    }
}

/// Begins to build an image from a context, which is a tar archive; `credentials` is the value of `X-Registry-Config`, and
/// `session` the id of a session that BuildKit may ask.
///
/// # Errors
/// Those of any call.
pub async fn build(
    engine: &Engine,
    parameters: &BuildParameters,
    context: Upload,
    credentials: Option<String>,
    session: Option<&str>,
) -> Result<JsonStream> {
    let mut request = Request::post("build an image", "/build")
        .query("dockerfile", &parameters.dockerfile)
        .query("buildargs", json!(parameters.build_args))
        .query("labels", json!(parameters.labels))
        .query("nocache", parameters.no_cache)
        .query_if("pull", parameters.pull.then_some(true))
        .query_if("platform", parameters.platform.as_ref())
        .query_if("version", parameters.buildkit.then_some(BUILDKIT))
        .query_if("session", session)
        .query_if("cachefrom", parameters.cache_from())
        // Remove intermediate containers of a failed build too.
        .query("forcerm", true)
        .query_if("target", parameters.target.as_ref())
        .query_if("networkmode", parameters.network.as_ref())
        .archive(context)
        .long();
    if let Some(credentials) = credentials {
        request = request.header("X-Registry-Config", credentials);
    }
    for tag in &parameters.tags {
        request = request.query("t", tag);
    }
    engine.open(request).await.map(JsonStream::new)
}
