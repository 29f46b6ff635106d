use std::{future::Future, panic::AssertUnwindSafe};

use cofferdam_core::{Code, Error, Result, runtime};
use futures_util::FutureExt;
use napi::{
    Env,
    bindgen_prelude::{Object, ToNapiValue},
};

use crate::{environment::ending, error::to_js};

/// The only way from a future to a promise. The future runs on the core's runtime, which outlives every Node
/// environment; when the environment is gone by the time it is ready, the result is dropped. A panic becomes
/// a rejection with `INTERNAL`.
pub fn promise<T, F>(env: &Env, future: F) -> napi::Result<Object<'_>>
where
    T: ToNapiValue + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let (deferred, promise) = env.create_deferred()?;
    let ending = ending(*env);
    let settled = async move {
        let outcome = tokio::select! {
            outcome = AssertUnwindSafe(future).catch_unwind() => outcome,
            // Nobody is left to hear of it.
            () = ending.cancelled() => return,
        };
        let outcome =
            outcome.unwrap_or_else(|_| Err(Error::new(Code::Internal, "cofferdam panicked: this is a bug")));
        deferred.resolve(move |env: Env| outcome.map_err(|error| to_js(env, &error)));
    };
    match runtime::spawn(settled) {
        Some(_) => Ok(promise),
        None => Err(to_js(*env, &Error::new(Code::Internal, "the system gives no thread to work on"))),
    }
}
