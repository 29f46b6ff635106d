use std::{io, os::fd::OwnedFd, rc::Rc};

use tokio::{net::UnixStream, time::timeout};

use super::{
    control::{Transport, bridge_ended, receive},
    duplex::Duplex,
    serve::{OPENING, serve},
};

use crate::{agent::Agent, descriptor::Descriptor};

/// Serves the link of one connection to the agent's socket until either end is gone. An error only means that the other
/// end is gone.
pub async fn accept(agent: Rc<Agent>, control: UnixStream) {
    let Ok(Ok(transport)) = timeout(OPENING, receive(&control)).await else { return };
    let _ = match transport {
        Transport::Direct => direct(agent, control).await,
        Transport::Bridged(input, output) => bridged(agent, &control, input, output).await,
    };
}

async fn direct(agent: Rc<Agent>, control: UnixStream) -> io::Result<()> {
    let output = OwnedFd::from(control.into_std()?);
    serve(agent, Duplex { input: Descriptor::new(output.try_clone()?)?, output: Descriptor::new(output)? })
        .await
}

async fn bridged(agent: Rc<Agent>, control: &UnixStream, input: OwnedFd, output: OwnedFd) -> io::Result<()> {
    let io = Duplex { input: Descriptor::new(input)?, output: Descriptor::new(output)? };
    tokio::select! {
        outcome = serve(agent, io) => outcome,
        () = bridge_ended(control) => Ok(()),
    }
}
