//! Creating the container of a sandbox.

use super::{failure::Failure, names, network, podman, posture::Posture, seccomp::Seccomp};
use crate::{
    config::user::Ids,
    engine::{is_missing_source, is_taken, seccomp_file::is_unseen},
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
    let (agent, features) = tokio::try_join!(site.agent(engine, &options.image), site.features(engine))?;
    let network = network::provide(locked, features).await?;
    volume::hand_over(workspace, engine, &options.image, user, &agent).await?;
    if features.podman {
        podman::refuse_runtime(options)?;
    }
    let (names, seccomp) =
        tokio::try_join!(names::mounts(locked, workspace, features, user), Seccomp::of(locked, features))?;
    let request = posture.request(options.limits(), features, &seccomp, &agent, network, names);
    match engine.create_container(Some(&locked.container_name()), &request).await {
        Ok(container) => Ok(container),
        // A process that does not share our locks was faster.
        Err(error) if is_taken(&error) => Err(Failure::Again(error)),
        Err(error) if lacks_source(locked, workspace, &error) => Err(Failure::Again(error)),
        Err(error) if matches!(seccomp, Seccomp::File { .. }) && is_unseen(&error) => {
            site.learned.opens_profiles.learn(false);
            Err(Failure::Again(error))
        }
        Err(error) if site.has_other_features(engine, features).await => Err(Failure::Again(error)),
        Err(error) => Err(error.into()),
    }
}

/// If the engine refused to create or start the container because it does not see the data directory, remembers that: the next
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

/// Whether the engine refused a container because it can't mount the sandbox's directory.
pub fn lacks_source(locked: &Locked, workspace: &Workspace, error: &Error) -> bool {
    workspace.may_become_volume(&locked.definition.options) && is_missing_source(error, &workspace.location())
}
