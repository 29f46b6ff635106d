//! The opening of a link: fixed bytes that every version understands.
//!
//! Each side sends `COFFERDM`, its protocol version and the length of a postcard body (both `u32`, little-endian), then
//! the body: [`AgentHello`] from the agent, [`HostHello`] from the host.

use std::io;

use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use serde::{Deserialize, Serialize};

/// The protocol version of this build.
pub const VERSION: u32 = 8;

const MAGIC: [u8; 8] = *b"COFFERDM";
const MAX_BODY: u32 = 4096;

/// What the agent tells the host about the user that commands run as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentHello {
    /// The user's id in the container.
    pub uid: u32,
    /// The user's group id in the container.
    pub gid: u32,
    /// The user's home directory, which commands get as `HOME`.
    pub home: String,
    /// The shell that command lines run under.
    pub shell: String,
    /// Why no command may run here: what the agent must be able to do, it can't. `None` when it can.
    pub unfit: Option<String>,
}

/// The host's settings for the agent. They replace those of any other host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostHello {
    /// The soft limit on the size of the workspace in bytes; `None` when the agent need not enforce one.
    pub disk_limit: Option<u64>,
    /// The host only looks: its settings do not count.
    pub observes: bool,
    /// How many processors' time commands have, rounded up; `None` when that is not limited.
    pub processors: Option<u32>,
}

/// The other side's opening.
#[derive(Debug, PartialEq, Eq)]
pub struct Opening {
    /// Its protocol version.
    pub version: u32,
    /// The body. Decode it only if the version is known.
    pub body: Vec<u8>,
}

/// Sends an opening.
///
/// # Errors
/// When the stream fails.
pub async fn send<W: AsyncWrite + Unpin>(io: &mut W, version: u32, body: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(16 + body.len());
    bytes.extend(MAGIC);
    bytes.extend(version.to_le_bytes());
    bytes.extend(u32::try_from(body.len()).map_err(io::Error::other)?.to_le_bytes());
    bytes.extend(body);
    io.write_all(&bytes).await?;
    io.flush().await
}

/// Receives the other side's opening.
///
/// # Errors
/// When the stream fails or ends, or when the bytes are not a valid opening.
pub async fn receive<R: AsyncRead + Unpin>(io: &mut R) -> io::Result<Opening> {
    let mut head = [0; 16];
    io.read_exact(&mut head).await?;
    let [m0, m1, m2, m3, m4, m5, m6, m7, v0, v1, v2, v3, l0, l1, l2, l3] = head;
    if [m0, m1, m2, m3, m4, m5, m6, m7] != MAGIC {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the other side does not speak the cofferdam protocol",
        ));
    }
    let length = u32::from_le_bytes([l0, l1, l2, l3]);
    if length > MAX_BODY {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the opening is too long"));
    }
    let mut body = vec![0; length as usize];
    io.read_exact(&mut body).await?;
    Ok(Opening { version: u32::from_le_bytes([v0, v1, v2, v3]), body })
}

#[cfg(test)]
mod tests {
    use futures_util::io::Cursor;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn an_opening_arrives_as_it_was_sent() {
        let mut wire = Cursor::new(Vec::new());
        send(&mut wire, 7, b"body").await.unwrap();
        wire.set_position(0);
        assert_eq!(receive(&mut wire).await.unwrap(), Opening { version: 7, body: b"body".to_vec() });
    }

    #[tokio::test(flavor = "current_thread")]
    async fn other_bytes_than_an_opening_are_refused() {
        for bytes in [&b"HTTP/1.1 400 Bad"[..], b"COFFERDM\x01\0\0\0\xff\xff\xff\xff", b"COFF"] {
            assert!(receive(&mut Cursor::new(bytes)).await.is_err());
        }
    }
}
