//! A command's output on its way to the host.

use std::{cell::RefCell, io, os::fd::OwnedFd, time::Duration};

use cofferdam_protocol::{
    process::{Exec, ExecEvent, Exited, Output, handle::Attached},
    wire::limits::CHUNK,
};
use futures_util::io::{AsyncWrite, AsyncWriteExt};
use tokio::{sync::Notify, task::yield_now, time::Instant};

use super::{
    destination::Destination,
    drain::Drains,
    output_pipe::{FAIRNESS, OutputPipe, Read, Took},
    scratch::Scratch,
};

use crate::descriptor::Descriptor;

/// How long output may pause after a command's end, while another process holds its pipes, before it is no longer waited for:
/// enough for a `tee` that the command left behind, and short enough not to delay one that leaves a server behind.
const GRACE: Duration = Duration::from_millis(100);

/// How long output that does not pause is read after a command's end.
const LONGEST_GRACE: Duration = Duration::from_secs(2);

/// How long `Started` may wait for more to send: most commands end sooner, and then everything travels together.
const STARTED_DELAY: Duration = Duration::from_millis(20);

/// How long output may wait.
const OUTPUT_DELAY: Duration = Duration::from_millis(1);

/// This many bytes are sent without waiting.
const FULL: usize = 32 * 1024;

/// What happens to a command while its output is pumped.
#[derive(Default)]
pub struct Milestones {
    /// Its program runs.
    pub started: Notify,
    /// It has read its input so far.
    pub stdin_wanted: Notify,
    /// The host wants it to end.
    pub end_wanted: Notify,
    /// It has ended.
    pub ended: Notify,
}

/// Both output streams of a command, and everything else that is reported to the host about it.
pub struct Outputs {
    stdout: OutputPipe,
    stderr: OutputPipe,
    /// The command's own channel.
    control: Option<Descriptor>,
    destination: Destination,
    /// When what is queued is sent at the latest.
    due: Option<Instant>,
    /// When output was last sent at once.
    sent: Option<Instant>,
    /// Whether somebody waits for each piece, such as the echo of a key, instead of the result.
    is_prompt: bool,
    /// What a host with a handle must be told before anything else.
    greeting: Option<Attached>,
    is_terminal: bool,
}

impl Outputs {
    /// Takes over the reading ends of a command's pipes.
    pub fn new(
        (stdout, stderr, control): (OwnedFd, Option<OwnedFd>, Option<OwnedFd>),
        request: &Exec,
        destination: Destination,
        greeting: Option<Attached>,
    ) -> io::Result<Self> {
        Ok(Self {
            is_terminal: stderr.is_none(),
            stdout: OutputPipe::new(Output::Stdout, Some(stdout), request)?,
            stderr: OutputPipe::new(Output::Stderr, stderr, request)?,
            control: control.map(Descriptor::new).transpose()?,
            destination,
            due: None,
            sent: None,
            is_prompt: greeting.is_some(),
            greeting,
        })
    }

    /// Sends output until the command has ended and everything that it wrote is read. The last part stays in the outbox
    /// for [`Outputs::finish`].
    pub async fn pump<W: AsyncWrite + Unpin>(
        &mut self,
        scratch: &RefCell<Scratch>,
        output: &mut W,
        milestones: &Milestones,
    ) -> io::Result<()> {
        let mut end: Option<Instant> = None;
        let mut last_moment = None;
        if let Some(greeting) = self.greeting.take() {
            milestones.started.notified().await;
            self.destination.report(&ExecEvent::Attached(greeting))?;
            self.send(output).await?;
        }
        loop {
            if end.is_some() && self.stdout.has_ended() && self.stderr.has_ended() {
                return Ok(());
            }
            let stream = tokio::select! {
                stream = self.stdout.readable() => stream,
                stream = self.stderr.readable() => stream,
                // Sent with the first output, or a little later.
                () = milestones.started.notified() => {
                    self.destination.report(&ExecEvent::Started)?;
                    self.send_within(STARTED_DELAY);
                    continue;
                }
                () = milestones.stdin_wanted.notified() => {
                    self.destination.report(&ExecEvent::StdinWanted)?;
                    self.send(output).await?;
                    continue;
                }
                () = readable(self.control.as_ref()) => {
                    self.pass_control(scratch, output).await?;
                    continue;
                }
                () = milestones.ended.notified() => {
                    self.drain(scratch, output).await?;
                    let now = Instant::now();
                    (end, last_moment) = (Some(now), Some(now + GRACE));
                    continue;
                }
                () = until(self.due) => {
                    self.send(output).await?;
                    continue;
                }
                () = until(last_moment) => return self.drain(scratch, output).await,
            };
            let took = self.take(stream, Descriptor::try_read, scratch)?;
            if let Some(end) = end
                && took != Took::Nothing
            {
                last_moment = Some((Instant::now() + GRACE).min(end + LONGEST_GRACE));
            }
            if self.destination.outbox().len() >= FULL {
                self.send(output).await?;
            } else if took == Took::Queued && self.is_prompt && !self.has_just_sent() {
                self.sent = Some(Instant::now());
                self.send(output).await?;
            } else if took == Took::Queued {
                self.send_within(OUTPUT_DELAY);
            } else {
                // A command that floods its pipe keeps it readable forever.
                yield_now().await;
            }
        }
    }

    /// Passes on what the command wrote to its own channel, after all output that it wrote before.
    async fn pass_control<W: AsyncWrite + Unpin>(
        &mut self,
        scratch: &RefCell<Scratch>,
        output: &mut W,
    ) -> io::Result<()> {
        let Some(control) = &self.control else { return Ok(()) };
        let mut message = [0; 4096];
        match control.try_read(&mut message) {
            None => return Ok(()),
            Some(Ok(0) | Err(_)) => self.control = None,
            Some(Ok(count)) => {
                self.drain(scratch, output).await?;
                let bytes = message.get(..count).unwrap_or_default();
                self.destination.report(&ExecEvent::Control(bytes))?;
                self.send(output).await?;
            }
        }
        Ok(())
    }

    /// Reads what the pipes hold, whether or not the system has reported it: in a sandbox that is short of processor time,
    /// the grace period can be over before the first report.
    async fn drain<W: AsyncWrite + Unpin>(
        &mut self,
        scratch: &RefCell<Scratch>,
        output: &mut W,
    ) -> io::Result<()> {
        for stream in [Output::Stdout, Output::Stderr] {
            let before = self.total(stream);
            // A process that was left behind may write forever.
            while self.total(stream) - before < FAIRNESS
                && self.take(stream, Descriptor::read_now, scratch)? != Took::Nothing
            {
                if self.destination.outbox().len() >= FULL {
                    self.send(output).await?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, stream: Output, read: Read, scratch: &RefCell<Scratch>) -> io::Result<Took> {
        let pipe = match stream {
            Output::Stdout => &mut self.stdout,
            Output::Stderr => &mut self.stderr,
        };
        pipe.take(read, &mut scratch.borrow_mut(), &mut self.destination)
    }

    /// Whether a process still has one of the streams open.
    pub fn are_open(&self) -> bool {
        !self.stdout.has_ended() || !self.stderr.has_ended()
    }

    /// How much was written to a stream, in bytes.
    pub fn total(&self, stream: Output) -> u64 {
        match stream {
            Output::Stdout => self.stdout.total(),
            Output::Stderr => self.stderr.total(),
        }
    }

    /// Whether output was sent so lately that more should wait to travel together.
    fn has_just_sent(&self) -> bool {
        self.sent.is_some_and(|sent| sent.elapsed() < OUTPUT_DELAY)
    }

    fn send_within(&mut self, delay: Duration) {
        let due = Instant::now() + delay;
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }

    async fn send<W: AsyncWrite + Unpin>(&mut self, output: &mut W) -> io::Result<()> {
        self.due = None;
        output.write_all(self.destination.outbox()).await?;
        self.destination.clear();
        output.flush().await
    }

    /// Sends the last bytes past the output limit and how the command ended. Pipes that another process still holds are
    /// left to be drained.
    pub async fn finish<W: AsyncWrite + Unpin>(
        mut self,
        drains: &Drains,
        output: &mut W,
        exited: Exited,
    ) -> io::Result<()> {
        for (stream, pipe) in [(Output::Stdout, &mut self.stdout), (Output::Stderr, &mut self.stderr)] {
            let (held, tail) = pipe.finish();
            // A terminal hangs up on whatever is left in it.
            if let Some(held) = held
                && !self.is_terminal
            {
                drains.add(held);
            }
            for data in tail.chunks(CHUNK) {
                self.destination.report(&ExecEvent::Tail { stream, data })?;
            }
        }
        self.destination.report(&ExecEvent::Exited(exited))?;
        self.send(output).await
    }
}

/// Waits until there is something to read; forever without a descriptor.
async fn readable(descriptor: Option<&Descriptor>) {
    match descriptor {
        // An error returns when it is read.
        Some(descriptor) => drop(descriptor.readable().await),
        None => std::future::pending().await,
    }
}

/// Waits until a moment; forever for `None`.
async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
