//! The connection to an engine: HTTP over a socket, a pipe, TCP or TLS.
//!
//! The connectors are ours, because bollard's take certificates only as paths, trust the system's authorities in
//! addition to the given ones, delay small packets on TCP, and report an inaccessible socket as missing.

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

/// The body of a request: bytes, or a stream of them. This is bollard's type, which has no public name.
pub type Body = Either<Full<Bytes>, StreamBody<Pin<Box<dyn Stream<Item = io::Result<Frame<Bytes>>> + Send>>>>;

/// The HTTP transport to one engine.
#[derive(Clone)]
pub struct Wire {
    send: Arc<dyn Fn(BollardRequest) -> Sent + Send + Sync>,
    base: String,
}

/// A short answer, read completely.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The longest answer that [`Wire::get`] reads, in bytes: a server that is not an engine may never end its answer.
const BODY_LIMIT: usize = 1 << 20;

/// bollard's deadline for the head of an answer, in seconds. Every call has a shorter deadline of our own.
const BACKSTOP: u64 = 3600;

/// With these probes, the silent death of a remote engine is noticed within about a minute.
const KEEPALIVE: Duration = Duration::from_secs(15);

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Wire {
    /// Creates the transport to an endpoint. It does not connect yet.
    ///
    /// # Errors
    /// `ENGINE_UNSUPPORTED` for a kind of address that this operating system lacks.
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
                let message = format!("this operating system does not support addresses such as {other}");
                return Err(Error::new(Code::EngineUnsupported, message)
                    .hint("use tcp://host:port, or a socket (Unix) or named pipe (Windows)"));
            }
        })
    }

    fn over(connector: impl Connect + Clone + Send + Sync + 'static, base: String) -> Self {
        // Connections are not reused: the engine may have closed one meanwhile, which would fail the next call.
        let mut builder = Client::builder(TokioExecutor::new());
        builder.pool_max_idle_per_host(0);
        // As Docker's client does, and bollard on named pipes.
        builder.http1_title_case_headers(true);
        let client = builder.build(connector);
        let send = move |request: BollardRequest| -> Sent {
            let answer = client.request(request);
            Box::pin(async move { answer.await.map_err(Failure::from) })
        };
        Self { send: Arc::new(send), base }
    }

    /// A bollard client over this transport.
    ///
    /// # Errors
    /// `INTERNAL` if bollard does not accept it.
    pub fn docker(&self) -> Result<Docker> {
        let send = Arc::clone(&self.send);
        let send = move |request: BollardRequest| send(request);
        Docker::connect_with_custom_transport(send, Some(&self.base), BACKSTOP, API_DEFAULT_VERSION)
            .map_err(|failure| Error::new(Code::Internal, failure.to_string()))
    }

    /// Sends a request; the answer's body is not read yet. Any status counts as an answer.
    ///
    /// # Errors
    /// Failures of the connection.
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

    /// Requests something short. Any status counts as an answer.
    ///
    /// # Errors
    /// Failures of the connection; `FileTooLarge` for an answer that is too long.
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
    // With TLS around it, the URI's scheme is https.
    connector.enforce_http(false);
    // Messages are small, and must not wait for the acknowledgement of earlier ones.
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE));
    connector.set_keepalive_retries(Some(3));
    connector
}
