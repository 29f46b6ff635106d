//! What the host sends to a running command.

use std::io;

use cofferdam_protocol::{process::ExecInput, wire::message::MessageReader};
use futures_util::io::AsyncRead;

use super::output::Milestones;

use crate::descriptor::Descriptor;

/// Bytes for standard input that the host has sent and the command has not yet read.
#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    written: usize,
    /// No more will come.
    ended: bool,
}

impl Pending {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.written..).unwrap_or_default()
    }
}

/// Feeds standard input until the host leaves, or breaks the protocol.
///
/// The host sends a chunk only when asked for one, so a command that does not read its input never delays a `Kill`.
pub async fn feed<R: AsyncRead + Unpin>(
    requests: &mut MessageReader<R>,
    mut stdin: Option<Descriptor>,
    milestones: &Milestones,
) {
    let mut pending = Pending::default();
    if stdin.is_some() {
        milestones.stdin_wanted.notify_one();
    }
    loop {
        let idle = pending.rest().is_empty();
        if idle && pending.ended {
            stdin = None;
        }
        tokio::select! {
            input = requests.next() => match input {
                Ok(Some(ExecInput::Stdin(bytes))) if idle && !pending.ended => {
                    pending.bytes = bytes.to_vec();
                    pending.written = 0;
                }
                Ok(Some(ExecInput::StdinEnd)) => pending.ended = true,
                Ok(Some(ExecInput::Kill)) => milestones.end_wanted.notify_one(),
                Ok(Some(ExecInput::Stdin(_)) | None) | Err(_) => return,
            },
            written = write(stdin.as_ref(), pending.rest()), if !idle && stdin.is_some() => match written {
                Ok(count) => {
                    pending.written += count;
                    if pending.rest().is_empty() && !pending.ended {
                        milestones.stdin_wanted.notify_one();
                    }
                }
                // The command has closed its input; the rest is discarded.
                Err(_) => stdin = None,
            },
        }
    }
}

async fn write(stdin: Option<&Descriptor>, bytes: &[u8]) -> io::Result<usize> {
    match stdin {
        Some(stdin) => stdin.write(bytes).await,
        None => Err(io::ErrorKind::BrokenPipe.into()),
    }
}
