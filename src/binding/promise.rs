use std::{future::Future, panic::AssertUnwindSafe, sync::Arc};

use cofferdam_core::{Code, Error, Result, runtime, sandbox::Sandboxes};
use futures_util::FutureExt;
use napi::{
    Env,
    bindgen_prelude::{Object, ToNapiValue},
};

use crate::{
    cancellation::{JsCancellation, unless_cancelled},
    error::to_js,
    node_lifetime::ending,
};

/// The only way from a future to a promise. The future runs on the core's runtime, which outlives every Node
/// environment. If the environment ends first, the result is dropped. A panic becomes a rejection with `INTERNAL`.
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
            // The environment is gone, and with it the promise.
            () = ending.cancelled() => return,
        };
        let outcome =
            outcome.unwrap_or_else(|_| Err(Error::new(Code::Internal, "cofferdam panicked: this is a bug")));
        deferred.resolve(move |env: Env| outcome.map_err(|error| to_js(env, &error)));
    };
    match runtime::spawn(settled) {
        Some(_) => Ok(promise),
        None => Err(to_js(*env, &Error::new(Code::Internal, "the system could not start a thread"))),
    }
}

/// A call on the core's sandboxes. It ends when it is cancelled.
pub fn call<'env, T, F>(
    env: &'env Env,
    sandboxes: &Arc<Sandboxes>,
    cancellation: Option<&JsCancellation>,
    work: impl FnOnce(Arc<Sandboxes>) -> F,
) -> napi::Result<Object<'env>>
where
    T: ToNapiValue + Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    promise(env, unless_cancelled(JsCancellation::inner(cancellation), work(Arc::clone(sandboxes))))
}
