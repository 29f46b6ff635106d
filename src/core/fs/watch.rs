use std::sync::Arc;

use cofferdam_protocol::fs::watch::{Event, Watch};
use tokio::sync::Mutex;

use super::patience::patiently;
use crate::{
    cancellation::Cancellation,
    container::Connection,
    error::{Code, Error, Result},
    link::fs::Watching,
};

/// A watch of files. It ends when it is dropped, and with its container.
pub struct FileWatch {
    connection: Arc<Connection>,
    watching: Mutex<Option<Watching>>,
    polling: bool,
    closed: Cancellation,
}

impl FileWatch {
    /// Begins to watch: everything that happens after this is reported.
    ///
    /// # Errors
    /// `FILE_ERROR`, `CONFLICT`, `SANDBOX_LOST`, `TIMEOUT`, `CLOSED`; those of bringing the sandbox up.
    pub(super) async fn begin(connection: Arc<Connection>, request: Watch) -> Result<Self> {
        let begun = async {
            let _busy = connection.begin();
            let (operation, rescue) = connection.stream().await?;
            let mut watching = Watching::begin(operation, request).await?;
            let first = patiently(&connection, &rescue, watching.next()).await;
            connection.touch();
            match first? {
                Event::Watching { polling } => Ok((watching, polling)),
                _ => Err(Error::new(Code::SandboxLost, "the agent reported changes before it watched")),
            }
        };
        let (watching, polling) = connection.unless_closed(begun).await?;
        Ok(Self {
            connection,
            watching: Mutex::new(Some(watching)),
            polling,
            closed: Cancellation::default(),
        })
    }

    /// Whether the system has no watches left, so that the agent looks for changes once a second.
    #[must_use]
    pub fn polling(&self) -> bool {
        self.polling
    }

    /// What happens next; `None` once it is closed.
    ///
    /// # Errors
    /// `FILE_ERROR` when it can't be watched any longer; `SANDBOX_LOST`, `CLOSED`.
    pub async fn next(&self) -> Result<Option<Event>> {
        let mut watching = self.watching.lock().await;
        let Some(open) = watching.as_mut() else { return Ok(None) };
        let event = self.connection.unless_closed(async {
            tokio::select! {
                () = self.closed.cancelled() => Ok(None),
                event = open.next() => event.map(Some),
            }
        });
        let event = event.await;
        if !matches!(event, Ok(Some(_))) {
            *watching = None;
        }
        event
    }

    /// Ends it.
    pub fn close(&self) {
        self.closed.cancel();
        // A call in progress drops it.
        if let Ok(mut watching) = self.watching.try_lock() {
            *watching = None;
        }
    }
}
