//! Creating the container of a sandbox.

use super::{failure::Failure, names, posture::Posture};
use crate::{
    config::{options::Network, user::Ids},
    engine::{is_missing_source, is_taken},
    error::{Error, Result},
    site::{Definition, Locked},
    workspace::{Workspace, disk::Disk, prepared::Prepared, volume},
};

/// Creates the container without starting it; its id.
pub async fn create(
    locked: &Locked,
    workspace: &Workspace,
    posture: &Posture,
    user: Ids,
) -> Result<String, Failure> {
    let Locked { definition: Definition { options, site, .. }, engine, .. } = locked;
    let network = match options.network {
        Network::Enabled => Some(engine.sandbox_network(options.host).await?),
        Network::None => None,
    };
    let (agent, features) = tokio::try_join!(site.agent(engine, &options.image), site.features(engine))?;
    volume::hand_over(workspace, engine, &options.image, user, &agent).await?;
    let names = names::mounts(locked, workspace, features, user).await?;
    let request = posture.request(options.limits(), features, &agent, network, names);
    match engine.create_container(Some(&locked.container_name()), &request).await {
        Ok(container) => Ok(container),
        // A process that does not share our locks was faster.
        Err(error) if is_taken(&error) => Err(Failure::Again(error)),
        Err(error) if lacks_source(locked, workspace, &error) => Err(Failure::Again(error)),
        Err(error) => Err(error.into()),
    }
}

/// If the engine refused to create the container because it does not see the data directory, remembers that: the next
/// attempt uses a volume.
///
/// # Errors
/// As [`Prepared::give_up_disk`].
pub async fn learn_from_refusal(
    locked: &Locked,
    workspace: &Workspace,
    prepared: &Prepared,
    error: &Error,
) -> Result<()> {
    if !lacks_source(locked, workspace, error) {
        return Ok(());
    }
    let Locked { definition, directory, lock, .. } = locked;
    definition.site.learned.shares_directory.learn(false);
    prepared.give_up_disk(Disk::of(directory, &definition.id), lock).await
}

fn lacks_source(locked: &Locked, workspace: &Workspace, error: &Error) -> bool {
    workspace.may_become_volume(&locked.definition.options) && is_missing_source(error)
}
