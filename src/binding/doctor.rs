use cofferdam_core::{Code, Error, engine};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use crate::{options::NativeEngineOptions, promise::promise};

/// What was found and tried to find an engine, as JSON.
#[napi(ts_return_type = "Promise<string>")]
pub fn doctor(env: &Env, options: NativeEngineOptions) -> napi::Result<Object<'_>> {
    promise(env, async move {
        let report = engine::doctor(&options.into_core()?).await;
        serde_json::to_string(&report).map_err(|error| Error::new(Code::Internal, error.to_string()))
    })
}
