//! Starting the container of a sandbox.

use super::{diagnose::diagnose, failure::Failure, network};
use crate::{
    config::options::Network,
    engine::container::{Container, State},
    error::Code,
    site::Locked,
};

/// Makes an existing container run, with the limits of the options. `true` when it was started for that.
pub async fn wake(locked: &Locked, container: &Container) -> Result<bool, Failure> {
    let Locked { definition, engine, .. } = locked;
    let limits = definition.options.limits();
    if container.limits != limits {
        // It may have ended since it was inspected.
        engine.update_limits(&container.id, limits).await.map_err(Failure::Again)?;
    }
    match container.state {
        State::Running => Ok(false),
        State::Paused => Ok(engine.unpause_container(&container.id).await.map(|()| false)?),
        State::Created | State::Exited | State::Gone => start(locked, &container.id).await.map(|()| true),
    }
}

/// Starts a container.
pub async fn start(locked: &Locked, container: &str) -> Result<(), Failure> {
    let Locked { definition, engine, .. } = locked;
    match engine.start_container(container).await {
        Ok(()) => Ok(()),
        // The network was removed while nothing ran on it.
        Err(error) if error.code() == Code::NotFound && definition.options.network == Network::Enabled => {
            network::restore(locked, container).await?;
            Ok(engine.start_container(container).await?)
        }
        Err(error) => Err(diagnose(definition, engine, container, error).await),
    }
}
