use std::{collections::HashMap, path::PathBuf};

use cofferdam_core::docker::images::BuildParameters;
use napi_derive::napi;

/// See `BuildOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeBuildOptions {
    pub context: String,
    pub dockerfile: Option<String>,
    pub tags: Option<Vec<String>>,
    pub build_args: Option<HashMap<String, String>>,
    pub labels: Option<HashMap<String, String>>,
    pub target: Option<String>,
    pub no_cache: Option<bool>,
    pub network: Option<String>,
}

impl NativeBuildOptions {
    /// The context, and the parameters of the build.
    pub fn into_core(self) -> (PathBuf, BuildParameters) {
        let parameters = BuildParameters {
            dockerfile: self.dockerfile.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            build_args: self.build_args.unwrap_or_default().into_iter().collect(),
            labels: self.labels.unwrap_or_default().into_iter().collect(),
            target: self.target,
            no_cache: self.no_cache.unwrap_or_default(),
            network: self.network,
        };
        (self.context.into(), parameters)
    }
}
