//! TCP ports inside a sandbox.

use serde::{Deserialize, Serialize};

use crate::SystemError;

/// The most ports that one listing returns.
pub const MAX_LISTENING: usize = 4096;

/// A request about ports.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// List the ports on which somebody listens; answered by one [`Listed`].
    List,
    /// Connect to a port; answered by one [`Connected`]. After [`Connected::Done`], the stream carries the bytes of the connection,
    /// without messages, in both directions.
    Connect {
        /// The port.
        port: u16,
    },
}

/// A port on which somebody listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listening {
    /// The port.
    pub port: u16,
    /// The address that it is bound to.
    pub address: String,
    /// The process that listens, if it is known.
    pub pid: Option<u32>,
    /// The command line of that process.
    pub command: Option<String>,
}

/// The answer to [`Request::List`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    /// At most [`MAX_LISTENING`] of them, sorted by port and address.
    pub ports: Vec<Listening>,
}

/// The answer to [`Request::Connect`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Connected {
    /// The connection is open.
    Done,
    /// It could not be opened.
    Failed(SystemError),
}
