use std::{pin::pin, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{LogChunk, LogOptions, decoder::Decoder};
use crate::{
    docker::{Manager, name},
    engine::{api::container, http::BodyStream},
    error::{Error, Result},
};

/// How long to wait for more output after the first of a batch: engines send each line by itself.
const GATHER: Duration = Duration::from_millis(1);

/// The log of a container, read as it is asked for. Dropping it closes the connection.
pub struct Logs {
    body: BodyStream,
    decoder: Decoder,
    ended: bool,
    /// Why the log can't be read on, once what came before it has been taken.
    failure: Option<Error>,
}

/// Opens the log of a container.
///
/// # Errors
/// `NOT_FOUND`; `ENGINE_ERROR` if the container's log driver keeps no log; those of any call.
pub async fn open(manager: &Manager, id: &str, options: &LogOptions) -> Result<Logs> {
    let id = name::container(id)?;
    let engine = manager.engine().await?;
    let inspection: Value = container::inspect(&engine, id).await?.json()?;
    // The data does not show it: the output of a terminal may look like frames.
    let terminal = inspection.pointer("/Config/Tty").and_then(Value::as_bool).unwrap_or(false);
    let body = container::logs(&engine, id, options).await?;
    Ok(Logs { body, decoder: Decoder::new(terminal, options.timestamps), ended: false, failure: None })
}

impl Logs {
    /// The next pieces; none at the end.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks; `ENGINE_ERROR` for an invalid log, and for one that the engine can't read on.
    /// What came before is handed over first.
    pub async fn next(&mut self) -> Result<Vec<LogChunk>> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        // One timer per batch: one per line would cost too much.
        let mut gathered = pin!(sleep(GATHER));
        while !self.ended && !self.decoder.has_batch() {
            let data = if self.decoder.is_empty() {
                let data = self.body.next().await;
                gathered.as_mut().reset(Instant::now() + GATHER);
                data
            } else {
                tokio::select! {
                    biased;
                    data = self.body.next() => data,
                    () = &mut gathered => break,
                }
            };
            let outcome = match data {
                Ok(Some(data)) => self.decoder.push(data),
                Ok(None) => {
                    self.ended = true;
                    self.decoder.finish()
                }
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                self.ended = true;
                self.decoder.flush();
                if self.decoder.is_empty() {
                    return Err(error);
                }
                self.failure = Some(error);
            }
        }
        Ok(self.decoder.take())
    }
}
