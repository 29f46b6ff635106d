//! The network of a sandbox: one that all share, or on Podman its own, which is made and removed with the container.

use crate::{
    config::options::Network,
    engine::{Engine, Features, own_network::Owner},
    error::Result,
    site::{Definition, Locked},
};

/// The name of the network that the container of a sandbox is created on, if it has one. The network exists afterwards.
///
/// # Errors
/// Those of any call.
pub async fn provide(locked: &Locked, features: Features) -> Result<Option<String>> {
    let Locked { definition: Definition { id, options, .. }, engine, directory, .. } = locked;
    if options.network == Network::None {
        return Ok(None);
    }
    if !features.podman {
        return engine.sandbox_network(options.host).await.map(Some);
    }
    let name = locked.container_name();
    let owner = Owner { namespace: directory.namespace(), sandbox: id };
    engine.own_network(&name, options.host, owner).await?;
    Ok(Some(name))
}

/// Provides a stopped container whose network was removed with one again.
///
/// # Errors
/// Those of any call.
pub async fn restore(locked: &Locked, container: &str) -> Result<()> {
    let features = locked.definition.site.features(&locked.engine).await?;
    if features.podman {
        // The container refers to it by name.
        return provide(locked, features).await.map(drop);
    }
    locked.engine.rejoin_network(container, locked.definition.options.host).await
}

/// Removes the network of a sandbox, if it has its own and no container.
///
/// # Errors
/// Those of any call.
pub async fn remove(locked: &Locked) -> Result<()> {
    if locked.definition.site.features(&locked.engine).await?.podman {
        locked.engine.remove_unused_network(&locked.container_name()).await?;
    }
    Ok(())
}

/// Makes the packet filter's rules hold for a container that runs, before its first command. Podman makes the network's interface
/// when it starts a container, and somebody may have deleted the rules.
///
/// # Errors
/// `INTERNAL`.
pub async fn guard(engine: &Engine, network: Network) -> Result<()> {
    match network {
        Network::Enabled => engine.guard_networks().await,
        Network::None => Ok(()),
    }
}
