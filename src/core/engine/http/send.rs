use std::{pin::pin, sync::Arc, time::Duration};

use bollard::errors::Error as Failure;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Response, body::Incoming, upgrade::Upgraded};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Answer, BodyStream, Duplex, Request, body::Activity, refusal::Refusal};
use crate::engine::{
    Engine,
    failure::{refused, timed_out, translate},
};
use crate::error::{Code, Error, Result};

/// The longest answer that is read completely, in bytes.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

impl Engine {
    /// Sends a request and reads the complete answer.
    ///
    /// # Errors
    /// `NOT_FOUND`, `CONFLICT` or `ENGINE_ERROR` with `details.status` if the engine refuses; `TIMEOUT`;
    /// `ENGINE_UNREACHABLE`, `ENGINE_PERMISSION_DENIED`.
    pub(in crate::engine) async fn ask(&self, request: Request) -> Result<Answer> {
        let what = request.what;
        let (head, body) = self.send(request).await?.into_parts();
        let body = self.collect(what, body).await?;
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    /// Sends a request and returns the body as a stream; only the head of the answer has a deadline.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub(in crate::engine) async fn open(&self, request: Request) -> Result<BodyStream> {
        let what = request.what;
        let body = self.send(request).await?.into_body();
        Ok(BodyStream::new(what, Arc::clone(self.endpoint()), body))
    }

    /// Sends a request that turns the connection into a stream in both directions.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub(in crate::engine) async fn upgrade(&self, request: Request) -> Result<Duplex> {
        let what = request.what;
        let upgraded = self.upgrade_to(request, "tcp").await?;
        Ok(Duplex::new(what, Arc::clone(self.endpoint()), upgraded))
    }

    /// Sends a request that turns the connection into one of this protocol.
    ///
    /// # Errors
    /// As [`Engine::ask`].
    pub(in crate::engine) async fn upgrade_to(
        &self,
        request: Request,
        protocol: &'static str,
    ) -> Result<TokioIo<Upgraded>> {
        let what = request.what;
        let answer = self.send(request.header("Connection", "Upgrade").header("Upgrade", protocol)).await?;
        let upgraded = hyper::upgrade::on(answer).await;
        upgraded.map(TokioIo::new).map_err(|error| translate(what, Failure::from(error), self.endpoint()))
    }

    async fn send(&self, request: Request) -> Result<Response<Incoming>> {
        let Request { what, method, target, headers, body, long, busy, activity } = request;
        let limit = busy + if long { self.long_timeout() } else { self.timeout() };
        let sent = self.wire().send(method, &target, &headers, body);
        let answer = match unless_silent(limit, activity, sent).await {
            Some(answer) => answer.map_err(|failure| translate(what, failure, self.endpoint()))?,
            None => return Err(timed_out(what, self.endpoint())),
        };
        if !(answer.status().is_client_error() || answer.status().is_server_error()) {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        let body = self.collect(what, body).await?;
        let refusal = Refusal::read(&body);
        Err(refused(what, refusal.status(head.status).as_u16(), refusal.message))
    }

    async fn collect(&self, what: &'static str, body: Incoming) -> Result<Bytes> {
        // Measuring or removing something may keep an engine busy between head and body.
        let limit: Duration = self.long_timeout();
        match timeout(limit, Limited::new(body, MAX_ANSWER).collect()).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) => Err(error.downcast::<hyper::Error>().map_or_else(
                |_| {
                    let message = format!("the engine's answer is longer than {MAX_ANSWER} bytes ({what})");
                    Error::new(Code::EngineError, message)
                },
                |error| translate(what, Failure::from(*error), self.endpoint()),
            )),
            Err(_) => Err(timed_out(what, self.endpoint())),
        }
    }
}

/// Waits for an answer; `None` if nothing happens for so long. A piece of the body that is taken is something that happens.
async fn unless_silent<T>(
    limit: Duration,
    activity: Option<Activity>,
    answer: impl Future<Output = T>,
) -> Option<T> {
    let mut answer = pin!(answer);
    let mut since = Instant::now();
    loop {
        if let Ok(answer) = timeout_at(since + limit, &mut answer).await {
            return Some(answer);
        }
        let last = activity.as_ref().map(Activity::last).filter(|last| *last > since);
        since = last?;
    }
}
