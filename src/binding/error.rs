use cofferdam_core::Error;
use napi::{Env, JsValue, Status, bindgen_prelude::JsObjectValue};

/// Converts an error to a JavaScript `Error` with `code`, `hint` and `details` (as JSON). The facade makes a `SandboxError` of
/// it.
pub fn to_js(env: Env, error: &Error) -> napi::Error {
    let build = || -> napi::Result<napi::Error> {
        let message = napi::Error::new(Status::GenericFailure, error.message().to_owned());
        let mut object = env.create_error(message)?;
        object.set_named_property("code", error.code().as_str())?;
        object.set_named_property("hint", error.advice())?;
        object.set_named_property("details", serde_json::Value::from(error.details().clone()).to_string())?;
        Ok(napi::Error::from(object.to_unknown()))
    };
    build().unwrap_or_else(|failure| failure)
}
