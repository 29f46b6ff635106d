use std::{io, rc::Rc};

use cofferdam_protocol::{
    process::{ExecEvent, Output},
    wire::message,
};

use super::log::Log;

/// Where the output of a process goes.
pub enum Destination {
    /// To the host, as encoded messages that are not sent yet.
    Host(Vec<u8>),
    /// To a log that hosts may follow.
    Log(Rc<Log>),
}

impl Destination {
    /// Adds output.
    pub fn push(&mut self, stream: Output, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Host(_) => self.report(&ExecEvent::Output { stream, data }),
            Self::Log(log) => {
                log.push(stream, data);
                Ok(())
            }
        }
    }

    /// Adds a message for the host. Hosts that follow a log get messages of their own.
    pub fn report(&mut self, event: &ExecEvent) -> io::Result<()> {
        match self {
            Self::Host(outbox) => message::append(outbox, event),
            Self::Log(_) => Ok(()),
        }
    }

    /// The messages that wait to be sent.
    pub fn outbox(&self) -> &[u8] {
        match self {
            Self::Host(outbox) => outbox,
            Self::Log(_) => &[],
        }
    }

    /// The messages were sent.
    pub fn clear(&mut self) {
        if let Self::Host(outbox) = self {
            outbox.clear();
        }
    }
}
