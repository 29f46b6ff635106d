use std::{pin::pin, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::{LogChunk, LogOptions, decoder::Decoder};
use crate::{
    docker::{Manager, name},
    engine::{api::container, http::BodyStream},
    error::Result,
};

/// How long to wait for more output after the first of a batch: engines send each line by itself.
const GATHER: Duration = Duration::from_millis(1);

/// The log of a container, read as it is asked for. Dropping it closes the connection.
pub struct Logs {
    body: BodyStream,
    decoder: Decoder,
    ended: bool,
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
    Ok(Logs { body, decoder: Decoder::new(terminal, options.timestamps), ended: false })
}

impl Logs {
    /// The next pieces; none at the end.
    ///
    /// # Errors
    /// `ENGINE_UNREACHABLE` if the connection breaks; `ENGINE_ERROR` for an invalid log.
    pub async fn next(&mut self) -> Result<Vec<LogChunk>> {
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
            if let Some(data) = data? {
                self.decoder.push(data)?;
            } else {
                self.ended = true;
                self.decoder.finish()?;
            }
        }
        Ok(self.decoder.take())
    }
}
