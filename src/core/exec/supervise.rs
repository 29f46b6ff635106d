//! Waiting for a command to end, whatever the sandbox does.

use std::time::Duration;

use cofferdam_protocol::process::Cause;
use tokio::time::{Instant, sleep_until};

use super::{
    failure::{aborted, disk_full, not_started, with_final_output, with_output},
    request::Terms,
    result::ExecResult,
};
use crate::{
    container::rescue::{ATTENTION, Rescue},
    error::Result,
    link::command::{Progress, Running},
};

/// How long after the deadline a sandbox that does not answer gets more processor time.
const OVERDUE: Duration = Duration::from_millis(30);

/// How long after the deadline the caller gets a result, whatever the sandbox does.
const SETTLE: Duration = Duration::from_millis(200);

/// How long after the deadline a listener may be busy with the output before.
const LISTENER: Duration = Duration::from_secs(10);

/// How long killing an aborted command may take.
const ABORT: Duration = Duration::from_secs(1);

/// Waits for a command that was just requested. The first cause of its end wins: itself, its deadline, the caller.
/// Whatever the sandbox does, the result is there [`SETTLE`] after the deadline and the grace. A command outside a container has no
/// rescue.
///
/// # Errors
/// `COMMAND_NOT_STARTED`; `ABORTED`, `DISK_LIMIT` and `SANDBOX_LOST` with the output so far.
pub async fn supervise(
    mut running: Running,
    terms: &Terms,
    begun: Instant,
    mut rescue: Option<Rescue>,
) -> Result<ExecResult> {
    let deadline = begun + terms.timeout + terms.grace;
    let mut next = Checkpoint::Attention(begun + ATTENTION.min(terms.timeout));
    loop {
        tokio::select! {
            biased;
            progress = running.advance() => match progress {
                Ok(Progress::Started) => {
                    if let Checkpoint::Attention(_) = next {
                        next = Checkpoint::Overdue(deadline + OVERDUE);
                    }
                }
                Ok(Progress::Moved) => {}
                Ok(Progress::NotStarted(stage, error)) => return Err(not_started(&terms.program, terms.cwd.as_deref(), stage, &error)),
                Ok(Progress::Exited(exited)) => {
                    match exited.cause {
                        Cause::Killed => return Err(with_final_output(aborted(), running, Some(&exited))),
                        Cause::Disk => return Err(with_final_output(disk_full(), running, Some(&exited))),
                        Cause::Itself | Cause::Deadline => {}
                    }
                    return Ok(ExecResult::reported(running, &exited, begun));
                }
                Err(error) => return Err(with_final_output(error, running, None)),
            },
            () = terms.cancellation.cancelled(), if !matches!(next, Checkpoint::Killed(_)) => {
                running.kill();
                next = Checkpoint::Killed(Instant::now() + terms.grace + ABORT);
            }
            () = sleep_until(next.at()) => next = match next {
                Checkpoint::Attention(_) => {
                    // It may be paused. If not, it is only slow.
                    rescue.iter().for_each(Rescue::attend);
                    Checkpoint::Overdue(deadline + OVERDUE)
                }
                Checkpoint::Overdue(_) => {
                    rescue.iter_mut().for_each(Rescue::hurry);
                    // If this process itself was late, messages of the sandbox are still unread.
                    Checkpoint::Settle((deadline + SETTLE).max(Instant::now() + SETTLE - OVERDUE))
                }
                // The command may have ended long ago, and only the listener is late.
                Checkpoint::Settle(at) if running.is_blocked() && at < deadline + LISTENER => {
                    Checkpoint::Settle(at + SETTLE)
                }
                Checkpoint::Settle(_) => {
                    let output = running.output_so_far();
                    abandon(running, rescue);
                    return Ok(ExecResult::overdue(output, begun));
                }
                Checkpoint::Killed(_) => {
                    let output = running.output_so_far();
                    abandon(running, rescue);
                    return Err(with_output(aborted(), output));
                }
            },
        }
    }
}

/// Gives up on a command that its agent does not end in time.
fn abandon(running: Running, rescue: Option<Rescue>) {
    if let Some(rescue) = rescue {
        rescue.abandon(running);
    }
}

/// What happens next to a command that has not ended.
#[derive(Clone, Copy)]
enum Checkpoint {
    /// The agent should have reported its start.
    Attention(Instant),
    /// The agent should have killed it.
    Overdue(Instant),
    /// The caller gets its result.
    Settle(Instant),
    /// The caller aborted it, and it should have been killed.
    Killed(Instant),
}

impl Checkpoint {
    fn at(self) -> Instant {
        match self {
            Self::Attention(at) | Self::Overdue(at) | Self::Settle(at) | Self::Killed(at) => at,
        }
    }
}
