//! The session of a build with BuildKit: the engine asks this process for secrets and credentials while it builds. The connection of a request
//! becomes one of HTTP/2, over which the engine makes calls of gRPC.

pub(crate) mod protobuf;
mod serve;
mod service;

use std::sync::Arc;

use tokio::task::AbortHandle;

use super::{Engine, http::Request};
use crate::{
    error::{Code, Error, Result},
    hex, runtime,
};
pub use service::Answers;
use service::METHODS;

/// How many bytes of randomness the id of a session has.
const ID_BYTES: usize = 16;

/// A session. Dropping it ends it.
pub struct Session {
    id: String,
    server: AbortHandle,
}

impl Session {
    /// Its id, which a build names.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Opens a session, which answers the engine until it is dropped.
///
/// # Errors
/// `ENGINE_UNSUPPORTED` if the engine has no BuildKit; those of any call.
pub async fn open(engine: &Engine, answers: Answers) -> Result<Session> {
    let id = hex::random_hex::<ID_BYTES>();
    let id = id.map_err(|error| Error::new(Code::Internal, error.to_string()))?;
    let mut request = Request::post("open a session for a build", "/session")
        .header("X-Docker-Expose-Session-Uuid", &id)
        .header("X-Docker-Expose-Session-Name", "cofferdam");
    for method in METHODS {
        request = request.header("X-Docker-Expose-Session-Grpc-Method", method);
    }
    let duplex = engine.upgrade_to(request, "h2c").await.map_err(|error| match error.code() {
        Code::NotFound => Error::new(Code::EngineUnsupported, error.message().to_owned())
            .hint("this engine has no BuildKit: build without secrets, with the classic builder"),
        _ => error,
    })?;
    let server = runtime::spawn(serve::serve(duplex, Arc::new(answers)));
    let server = server.ok_or_else(|| Error::new(Code::Internal, "the system could not start a thread"))?;
    Ok(Session { id, server: server.abort_handle() })
}
