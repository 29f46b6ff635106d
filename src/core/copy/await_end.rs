//! Waiting for a copy to end.

use std::time::Duration;

use cofferdam_protocol::copy::Copied;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    cancellation::Cancellation,
    container::{connection::PATIENCE, rescue::ATTENTION},
    error::Result,
    link::copy::{Copying, aborted},
};

/// How long an aborted copy may take to remove what is not in its place yet.
const ABORT: Duration = Duration::from_secs(2);

/// Waits for a copy to end; `None` when nothing moved for [`PATIENCE`]. That is the only deadline, however long the whole
/// copy takes. `attend` is called when the agent has been silent for a moment.
pub async fn await_end(
    mut copying: Copying,
    cancellation: &Cancellation,
    attend: impl Fn(),
) -> Option<Result<Copied>> {
    let (mut moved, mut since, mut attended) = (copying.moved(), Instant::now(), false);
    loop {
        tokio::select! {
            outcome = copying.ended() => return Some(outcome),
            () = cancellation.cancelled() => {
                let ended = timeout(ABORT, copying.ended()).await;
                return Some(ended.unwrap_or_else(|_| Err(aborted())));
            }
            () = sleep(ATTENTION) => {}
        }
        if copying.moved() != moved {
            (moved, since, attended) = (copying.moved(), Instant::now(), false);
        } else if since.elapsed() > PATIENCE {
            copying.stop();
            // What is not in its place is removed before the caller hears of it, if that does not take long.
            let _ = timeout(ABORT, copying.ended()).await;
            return None;
        } else if !attended {
            // The container may be paused. If not, it is only slow.
            attend();
            attended = true;
        }
    }
}
