use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use cofferdam_core::{
    Result,
    docker::images::{self, BuildParameters, Credentials},
};
use napi::bindgen_prelude::{Either, Uint8Array};
use napi_derive::napi;

use super::credentials::NativeCredentials;
use crate::exec::content;

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
    pub platform: Option<String>,
    pub pull: Option<bool>,
    pub cache_from: Option<Vec<String>>,
    pub auth: Option<HashMap<String, NativeCredentials>>,
    pub builder: Option<String>,
    pub secrets: Option<HashMap<String, Either<String, Uint8Array>>>,
}

/// A build for the core.
pub struct GivenBuild {
    pub context: PathBuf,
    pub parameters: BuildParameters,
    /// Credentials by registry.
    pub credentials: BTreeMap<String, Credentials>,
    pub secrets: BTreeMap<String, Vec<u8>>,
}

impl NativeBuildOptions {
    pub fn into_core(self) -> Result<GivenBuild> {
        let auth = self.auth.unwrap_or_default().into_iter();
        let auth = auth.map(|(server, given)| Ok((server, given.into_core()?))).collect::<Result<_>>()?;
        let parameters = BuildParameters {
            dockerfile: self.dockerfile.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            build_args: self.build_args.unwrap_or_default().into_iter().collect(),
            labels: self.labels.unwrap_or_default().into_iter().collect(),
            target: self.target,
            no_cache: self.no_cache.unwrap_or_default(),
            network: self.network,
            platform: self.platform,
            pull: self.pull.unwrap_or_default(),
            cache_from: self.cache_from.unwrap_or_default(),
            buildkit: images::is_buildkit(self.builder.as_deref())?,
        };
        let secrets = self.secrets.unwrap_or_default().into_iter();
        let secrets = secrets.map(|(id, secret)| (id, content(secret).to_vec())).collect();
        Ok(GivenBuild { context: self.context.into(), parameters, credentials: auth, secrets })
    }
}
