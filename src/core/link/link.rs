use std::sync::Arc;

use cofferdam_protocol::{
    layout,
    wire::{
        hello::{AgentHello, HostHello},
        limits::{MAX_OPERATIONS, MAX_STREAMS},
        message::MessageReader,
    },
};
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
    task::AbortHandle,
};
use yamux::Stream;

use super::{direct, driver::Driver, failure::lost, handshake::shake_hands};
use crate::{
    engine::Engine,
    error::{Code, Error, Result},
    runtime,
};

/// A connection to the agent of one container. It carries many operations at once.
#[derive(Debug)]
pub struct Link {
    opener: mpsc::Sender<oneshot::Sender<Stream>>,
    operations: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    agent: AgentHello,
    driver: AbortHandle,
}

/// One operation, on a stream of its own. Dropping it cancels the operation.
#[derive(Debug)]
pub struct Operation {
    /// Messages from the agent.
    pub events: MessageReader<ReadHalf<Stream>>,
    /// Messages to the agent.
    pub requests: WriteHalf<Stream>,
    opener: mpsc::Sender<oneshot::Sender<Stream>>,
    /// Counts the operation as in progress.
    pub(super) permit: Permit,
}

/// Counts an operation as in progress until it is dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "it is only held")] OwnedSemaphorePermit);

impl Link {
    /// Opens a link to the agent of a running container: directly over the agent's socket if this process can reach it,
    /// otherwise over a bridge that the engine starts. From then on, the agent has the settings in `host`.
    ///
    /// # Errors
    /// `SANDBOX_LOST` or `TIMEOUT` when the agent does not respond; `CONFLICT` with the detail `protocolVersion` when it
    /// speaks another version; the engine's `ENGINE_ERROR`, `NOT_FOUND` or `CONFLICT` when the container is missing or not
    /// running.
    pub async fn connect(engine: &Engine, container: &str, host: &HostHello) -> Result<Self> {
        Self::open(engine, container, host).await
    }

    /// Opens a link that changes none of the agent's settings.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn observe(engine: &Engine, container: &str) -> Result<Self> {
        Self::open(engine, container, &HostHello { observes: true, ..HostHello::default() }).await
    }

    async fn open(engine: &Engine, container: &str, host: &HostHello) -> Result<Self> {
        // If the direct way fails, the bridge reports why.
        if let Some(mut stream) = direct::connect(engine, container).await
            && let Ok(agent) = shake_hands(&mut stream, host).await
        {
            return Self::carry(stream, agent);
        }
        let mut stream = engine.attach_exec(container, vec![layout::AGENT, "bridge"]).await?;
        match shake_hands(&mut stream, host).await {
            Ok(agent) => Self::carry(stream, agent),
            Err(error) => Err(match stream.complaint() {
                complaint if complaint.is_empty() => error,
                complaint => error.detail("reason", complaint),
            }),
        }
    }

    /// Opens a link over a stream that leads to an agent.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the agent does not respond, `TIMEOUT` when it does not respond in time.
    pub async fn over<T>(mut stream: T) -> Result<Self>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let agent = shake_hands(&mut stream, &HostHello::default()).await?;
        Self::carry(stream, agent)
    }

    /// A link over a stream whose handshake is done.
    pub(super) fn carry<T>(stream: T, agent: AgentHello) -> Result<Self>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (opener, requests) = mpsc::channel(MAX_OPERATIONS);
        let driver = runtime::spawn(Driver::new(stream, requests).run())
            .ok_or_else(|| Error::new(Code::Internal, "the system could not start a thread"))?
            .abort_handle();
        Ok(Self {
            opener,
            operations: Arc::new(Semaphore::new(MAX_OPERATIONS)),
            streams: Arc::new(Semaphore::new(MAX_STREAMS)),
            agent,
            driver,
        })
    }

    /// The agent's hello.
    #[must_use]
    pub fn agent(&self) -> &AgentHello {
        &self.agent
    }

    /// Whether the link has ended.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.opener.is_closed()
    }

    /// Ends the link and every operation on it.
    pub fn close(&self) {
        self.driver.abort();
    }

    /// Begins an operation. Waits while [`MAX_OPERATIONS`] others are in progress.
    ///
    /// # Errors
    /// `SANDBOX_LOST` when the link has ended.
    pub async fn begin(&self) -> Result<Operation> {
        let permit = Arc::clone(&self.operations).acquire_owned().await.map_err(|_| lost())?;
        self.open_stream(permit).await
    }

    /// Begins an operation that may take as long as its caller likes, such as a process with a handle.
    ///
    /// # Errors
    /// `CONFLICT` when [`MAX_STREAMS`] others are in progress; `SANDBOX_LOST` when the link has ended.
    pub async fn begin_stream(&self) -> Result<Operation> {
        let permit = Arc::clone(&self.streams).try_acquire_owned().map_err(|_| {
            let message = format!(
                "the sandbox has {MAX_STREAMS} process handles and connections open, which is the most"
            );
            Error::new(Code::Conflict, message).hint("close those that are no longer needed")
        })?;
        self.open_stream(permit).await
    }

    async fn open_stream(&self, permit: OwnedSemaphorePermit) -> Result<Operation> {
        let (sender, receiver) = oneshot::channel();
        self.opener.send(sender).await.map_err(|_| lost())?;
        let opened = tokio::select! {
            biased;
            opened = receiver => opened,
            // A driver that ends at this very moment may leave the request behind, where only dropping `opener` would drop it.
            () = self.opener.closed() => return Err(lost()),
        };
        let (events, requests) = opened.map_err(|_| lost())?.split();
        Ok(Operation {
            events: MessageReader::new(events),
            requests,
            opener: self.opener.clone(),
            permit: Permit(permit),
        })
    }
}

impl Operation {
    /// Waits until the link has ended. Only needed while no message is read: reading one fails then.
    pub async fn link_ended(&self) {
        self.opener.closed().await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
