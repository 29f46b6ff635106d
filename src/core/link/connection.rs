use std::{
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use cofferdam_protocol::layout;
use cofferdam_protocol::wire::{
    batch::{Batched, Flusher, batched},
    hello::{self, AgentHello, HostHello},
    limits::MAX_OPERATIONS,
    message::MessageReader,
    mux,
};
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::AbortHandle,
    time::timeout,
};
use yamux::{Connection, Mode, Stream};

use super::direct;

use crate::{
    engine::Engine,
    error::{Code, Error, Result},
    runtime,
};

/// How long a bridge may take to connect host and agent.
const OPENING: Duration = Duration::from_secs(10);

/// An agent that speaks another version of the protocol.
pub(crate) const OTHER_VERSION: &str = "protocolVersion";

/// A connection to the agent of one container, over which any number of operations go at once.
#[derive(Debug)]
pub struct Link {
    opener: mpsc::Sender<oneshot::Sender<Stream>>,
    operations: Arc<Semaphore>,
    agent: AgentHello,
    driver: AbortHandle,
}

/// One operation: a stream of its own. Dropping it cancels the operation.
#[derive(Debug)]
pub struct Operation {
    /// What the agent says.
    pub events: MessageReader<ReadHalf<Stream>>,
    /// What is said to the agent.
    pub requests: WriteHalf<Stream>,
    _permit: OwnedSemaphorePermit,
}

impl Link {
    /// Opens a link to the agent of a running container: over its socket where this process can reach that, else
    /// over a bridge that the engine starts. From then on it keeps the files in the workspace to `disk_limit`, in bytes.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the agent does not answer; `CONFLICT` with the detail `protocolVersion` when it
    /// speaks another version; `ENGINE_ERROR`, `NOT_FOUND`, `CONFLICT` of the engine when the container is not
    /// there or does not run.
    pub async fn connect(engine: &Engine, container: &str, disk_limit: Option<u64>) -> Result<Self> {
        let host = HostHello { disk_limit };
        // What goes wrong on the short way is found out on the long one.
        if let Some(mut stream) = direct::connect(engine, container).await
            && let Ok(agent) = open(&mut stream, &host).await
        {
            return Self::carry(stream, agent);
        }
        let mut stream = engine.attach_exec(container, vec![layout::AGENT, "bridge"]).await?;
        match open(&mut stream, &host).await {
            Ok(agent) => Self::carry(stream, agent),
            Err(error) => Err(match stream.complaint() {
                complaint if complaint.is_empty() => error,
                complaint => error.detail("reason", complaint),
            }),
        }
    }

    /// Opens a link over a stream at whose other end an agent is.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the agent does not answer, `TIMEOUT` when it does not do so in time.
    pub async fn over<T>(mut stream: T) -> Result<Self>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let agent = open(&mut stream, &HostHello::default()).await?;
        Self::carry(stream, agent)
    }

    /// Carries operations over a stream whose openings were exchanged.
    fn carry<T>(stream: T, agent: AgentHello) -> Result<Self>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (opener, requests) = mpsc::channel(MAX_OPERATIONS);
        let (stream, flusher) = batched(stream);
        let connection = Connection::new(stream, mux::config(), Mode::Client);
        let driver = runtime::spawn(Driver { connection, flusher, requests, waiting: None }.run())
            .ok_or_else(|| Error::new(Code::Internal, "the system gives no thread to work on"))?
            .abort_handle();
        Ok(Self { opener, operations: Arc::new(Semaphore::new(MAX_OPERATIONS)), agent, driver })
    }

    /// What the agent said of itself.
    #[must_use]
    pub fn agent(&self) -> &AgentHello {
        &self.agent
    }

    /// Whether the other end has gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.opener.is_closed()
    }

    /// Ends it, and every operation that is under way.
    pub fn close(&self) {
        self.driver.abort();
    }

    /// Begins an operation; waits for its turn while the most that may go at once are under way.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link has ended.
    pub async fn begin(&self) -> Result<Operation> {
        let permit = Arc::clone(&self.operations).acquire_owned().await.map_err(|_| lost())?;
        let (sender, receiver) = oneshot::channel();
        self.opener.send(sender).await.map_err(|_| lost())?;
        let (events, requests) = receiver.await.map_err(|_| lost())?.split();
        Ok(Operation { events: MessageReader::new(events), requests, _permit: permit })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The link is gone.
pub fn lost() -> Error {
    Error::new(Code::SandboxLost, "the connection to the sandbox was lost")
}

/// Exchanges openings.
async fn open<T: AsyncRead + AsyncWrite + Unpin>(stream: &mut T, host: &HostHello) -> Result<AgentHello> {
    match timeout(OPENING, exchange(stream, host)).await {
        Ok(Ok(agent)) => agent,
        Ok(Err(error)) => Err(Error::new(Code::SandboxLost, "the agent in the sandbox does not answer")
            .detail("reason", error.to_string())),
        Err(_) => Err(Error::new(Code::Timeout, "the agent in the sandbox did not answer in time")),
    }
}

/// The inner error is an agent that is there, and can't be spoken with.
async fn exchange<T: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut T,
    host: &HostHello,
) -> io::Result<Result<AgentHello>> {
    let body = postcard::to_stdvec(host).map_err(io::Error::other)?;
    hello::send(stream, hello::VERSION, &body).await?;
    let opening = hello::receive(stream).await?;
    if opening.version != hello::VERSION {
        return Ok(Err(Error::new(Code::Conflict, "the agent in the sandbox speaks another version")
            .detail(OTHER_VERSION, opening.version)));
    }
    let agent = postcard::from_bytes(&opening.body)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Ok(agent))
}

/// Moves the bytes of a link. It ends with the link, and every stream of it ends then.
struct Driver<T> {
    connection: Connection<Batched<T>>,
    flusher: Flusher<T>,
    requests: mpsc::Receiver<oneshot::Sender<Stream>>,
    waiting: Option<oneshot::Sender<Stream>>,
}

impl<T: AsyncRead + AsyncWrite + Unpin> Driver<T> {
    async fn run(mut self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if self.waiting.is_none() {
                self.waiting = match self.requests.poll_recv(cx) {
                    Poll::Ready(Some(request)) => Some(request),
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => break,
                };
            }
            match self.connection.poll_new_outbound(cx) {
                Poll::Ready(Ok(stream)) => {
                    if let Some(waiting) = self.waiting.take() {
                        // Who asked may have left; the stream then ends unused.
                        let _ = waiting.send(stream);
                    }
                }
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        // An agent opens no streams: one that does is not ours, and the link ends like a broken one.
        if self.connection.poll_next_inbound(cx).is_ready() {
            return Poll::Ready(());
        }
        match self.flusher.poll_flush(cx) {
            Poll::Ready(Err(_)) => Poll::Ready(()),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
pub(super) mod testing;

#[cfg(test)]
mod tests;
