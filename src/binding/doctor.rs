use std::path::PathBuf;

use cofferdam_core::{Code, Error, engine};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use crate::{
    cancellation::{JsCancellation, unless_cancelled},
    options::NativeEngineOptions,
    promise::promise,
};

/// The report of a search for an engine, as JSON.
#[napi(ts_return_type = "Promise<string>")]
pub fn doctor<'env>(
    env: &'env Env,
    options: NativeEngineOptions,
    data_dir: Option<String>,
    cancellation: Option<&JsCancellation>,
) -> napi::Result<Object<'env>> {
    let report = async move {
        let report = engine::doctor(&options.into_core()?, data_dir.map(PathBuf::from)).await;
        serde_json::to_string(&report).map_err(|error| Error::new(Code::Internal, error.to_string()))
    };
    promise(env, unless_cancelled(JsCancellation::inner(cancellation), report))
}
