use std::{io, time::Duration};

use cofferdam_protocol::wire::hello::{self, AgentHello, HostHello};
use futures_util::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use crate::error::{Code, Error, Result};

/// How long an agent may take to respond.
const PATIENCE: Duration = Duration::from_secs(10);

/// The detail of the error for an agent that speaks another version of the protocol.
pub(crate) const OTHER_VERSION: &str = "protocolVersion";

/// The detail of the error for an agent that may not run commands.
pub(crate) const UNFIT: &str = "unfit";

/// Exchanges hellos with the agent at the other end of a stream.
///
/// # Errors
/// `SANDBOX_LOST`, `TIMEOUT`; `CONFLICT` with the detail [`OTHER_VERSION`].
pub async fn shake_hands<T>(stream: &mut T, host: &HostHello) -> Result<AgentHello>
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(PATIENCE, exchange(stream, host)).await {
        Ok(Ok(agent)) => agent,
        Ok(Err(error)) => Err(Error::new(Code::SandboxLost, "the agent in the sandbox does not respond")
            .detail("reason", error.to_string())),
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            let message = format!("the agent in the sandbox did not respond within {seconds} s");
            Err(Error::new(Code::Timeout, message))
        }
    }
}

/// The inner error means that an agent responded, but speaks another version.
async fn exchange<T: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut T,
    host: &HostHello,
) -> io::Result<Result<AgentHello>> {
    let body = postcard::to_stdvec(host).map_err(io::Error::other)?;
    hello::send(stream, hello::VERSION, &body).await?;
    let received = hello::receive(stream).await?;
    if received.version != hello::VERSION {
        let (theirs, ours) = (received.version, hello::VERSION);
        let message = format!("the agent in the sandbox speaks protocol version {theirs}, not {ours}");
        return Ok(Err(Error::new(Code::Conflict, message).detail(OTHER_VERSION, theirs)));
    }
    let agent: AgentHello = postcard::from_bytes(&received.body)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    match &agent.unfit {
        None => Ok(Ok(agent)),
        Some(reason) => Ok(Err(unfit(reason))),
    }
}

/// The error for a container in which no command could be killed.
fn unfit(reason: &str) -> Error {
    let message =
        format!("the container can't be used, because the agent could not kill a command in it: {reason}");
    Error::new(Code::EngineUnsupported, message)
        .hint("check the engine's AppArmor or SELinux profile, and its runtime")
        .detail(UNFIT, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use futures_util::io::AsyncWriteExt;

    use super::{super::testing::pipe, *};

    #[tokio::test]
    async fn an_agent_of_another_version_is_told_apart_from_a_broken_one() {
        let (mut host, mut agent) = pipe();
        hello::send(&mut agent, hello::VERSION + 1, b"whatever").await.unwrap();
        let error = shake_hands(&mut host, &HostHello::default()).await.unwrap_err();
        assert_eq!((error.code(), error.details().contains_key(OTHER_VERSION)), (Code::Conflict, true));

        let (mut host, mut agent) = pipe();
        hello::send(&mut agent, hello::VERSION, b"\xff\xff").await.unwrap();
        let error = shake_hands(&mut host, &HostHello::default()).await.unwrap_err();
        assert_eq!(error.code(), Code::SandboxLost);
    }

    #[tokio::test]
    async fn an_agent_that_cannot_kill_commands_is_refused() {
        let (mut host, mut agent) = pipe();
        let reason = Some("signals to commands are refused: EPERM".to_owned());
        let hello = AgentHello {
            uid: 1000,
            gid: 1000,
            home: "/".to_owned(),
            shell: "/bin/sh".to_owned(),
            unfit: reason,
        };
        hello::send(&mut agent, hello::VERSION, &postcard::to_stdvec(&hello).unwrap()).await.unwrap();
        let error = shake_hands(&mut host, &HostHello::default()).await.unwrap_err();
        assert_eq!(error.code(), Code::EngineUnsupported);
        assert!(error.message().contains("refused: EPERM"), "{error}");
    }

    #[tokio::test]
    async fn noise_instead_of_a_hello_is_rejected() {
        let (mut host, mut agent) = pipe();
        agent.write_all(&[0xff; 64]).await.unwrap();
        let error = shake_hands(&mut host, &HostHello::default()).await.unwrap_err();
        assert_eq!(error.code(), Code::SandboxLost);
    }
}
