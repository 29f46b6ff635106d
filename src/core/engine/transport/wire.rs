//! The connection to an engine: HTTP over a socket, a pipe, TCP or TLS.
//!
//! The connectors are ours and not bollard's, because bollard takes certificates as paths only, trusts the
//! system's authorities in addition to the given ones, lets small packets wait for each other on TCP, and says
//! "not found" of a socket that it may not see.

use std::{fmt, io, pin::Pin, sync::Arc, time::Duration};

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker, body_full, errors::Error as Failure};
use bytes::Bytes;
use futures_util::Stream;
use http_body_util::{BodyExt, Either, Full, Limited, StreamBody};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Frame, Incoming},
};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector},
    },
    rt::TokioExecutor,
};

use crate::engine::{discovery::address::Address, discovery::endpoint::Endpoint};
use crate::error::{Code, Error, Result};

type Sent = Pin<Box<dyn Future<Output = std::result::Result<Response<Incoming>, Failure>> + Send>>;

/// What a request carries: bytes, or a stream of them. bollard's own type, which has no public name.
pub type Body = Either<Full<Bytes>, StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>>;

/// How to send a request to one engine.
#[derive(Clone)]
pub struct Wire {
    send: Arc<dyn Fn(BollardRequest) -> Sent + Send + Sync>,
    base: String,
}

/// What an engine answered.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What a request for facts may bring. Where something else than an engine answers, it may never end.
const BODY_LIMIT: usize = 1 << 20;

/// bollard's own deadline, in seconds, for the head of any answer: ours are shorter and on every call.
const BACKSTOP: u64 = 3600;

/// A remote engine that is gone without a word is noticed within about a minute.
const KEEPALIVE: Duration = Duration::from_secs(15);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Wire {
    /// The way to an endpoint. Nothing is sent yet.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for what this operating system does not have.
    pub fn new(endpoint: &Endpoint) -> Result<Self> {
        Ok(match &endpoint.address {
            #[cfg(unix)]
            Address::Socket(path) => {
                Self::over(super::socket::Socket::new(path), "http://localhost".to_owned())
            }
            #[cfg(windows)]
            Address::Pipe(path) => Self::over(super::pipe::Pipe::new(path), "http://localhost".to_owned()),
            Address::Tcp { host, port, .. } => match &endpoint.tls {
                None => Self::over(tcp(), format!("http://{host}:{port}")),
                Some(tls) => {
                    let builder = HttpsConnectorBuilder::new().with_tls_config((*tls.config).clone());
                    let connector = builder.https_only().enable_http1().wrap_connector(tcp());
                    Self::over(connector, format!("https://{host}:{port}"))
                }
            },
            other => {
                let message = format!("{other} is of another operating system than this one");
                return Err(Error::new(Code::EngineUnsupported, message)
                    .hint("use tcp://host:port, or a socket or pipe of this system"));
            }
        })
    }

    fn over(connector: impl Connect + Clone + Send + Sync + 'static, base: String) -> Self {
        // No connection is kept for the next call: one that the engine has closed meanwhile would fail it.
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(0);
        // As Docker's own client writes them; bollard does so on named pipes.
        builder.http1_title_case_headers(true);
        let client = builder.build(connector);
        let send = move |request: BollardRequest| -> Sent {
            let answer = client.request(request);
            Box::pin(async move { answer.await.map_err(Failure::from) })
        };
        Self { send: Arc::new(send), base }
    }

    /// A client over this way.
    ///
    /// # Errors
    /// `INTERNAL`, if bollard does not take it.
    pub fn docker(&self) -> Result<Docker> {
        let send = Arc::clone(&self.send);
        let send = move |request: BollardRequest| send(request);
        Docker::connect_with_custom_transport(send, Some(&self.base), BACKSTOP, API_DEFAULT_VERSION)
            .map_err(|failure| Error::new(Code::Internal, failure.to_string()))
    }

    /// Sends one request; gives the answer's head and the stream of its body. Any status is an answer.
    ///
    /// # Errors
    /// What broke on the way.
    pub async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&'static str, String)],
        body: Body,
    ) -> std::result::Result<Response<Incoming>, Failure> {
        let mut request = Request::builder().method(method).uri(format!("{}{target}", self.base));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        (self.send)(request.body(body)?).await
    }

    /// Asks for something small. Any status is an answer.
    ///
    /// # Errors
    /// What broke on the way; an answer that is too long is `FileTooLarge`.
    pub async fn get(&self, path: &str) -> std::result::Result<Reply, Failure> {
        let request = hyper::Request::get(format!("{}{path}", self.base)).body(body_full(Bytes::new()))?;
        let (head, body) = (self.send)(request).await?.into_parts();
        let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(cut)?.to_bytes();
        Ok(Reply { status: head.status, headers: head.headers, body })
    }
}

fn cut(error: Box<dyn std::error::Error + Send + Sync>) -> Failure {
    match error.downcast::<hyper::Error>() {
        Ok(error) => Failure::from(*error),
        Err(error) => Failure::from(std::io::Error::new(std::io::ErrorKind::FileTooLarge, error)),
    }
}

fn tcp() -> HttpConnector {
    let mut connector = HttpConnector::new();
    // The URI's scheme is https where TLS is wrapped around it.
    connector.enforce_http(false);
    // The messages of a command are small, and must not wait for the acknowledgement of the one before.
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE));
    connector.set_keepalive_retries(Some(3));
    connector
}
