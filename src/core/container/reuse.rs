//! What becomes of the container that a sandbox already has.

use super::{failure::Failure, network, posture::Posture, stop::stop_container};
use crate::{
    config::options::OnImageChange,
    engine::{
        Engine,
        container::{Container, State},
    },
    error::{Code, Error, Result},
    label,
    site::Locked,
    workspace::prepared::Prepared,
};

/// The existing container if it can be used as it is. Otherwise it is removed.
pub async fn keep_or_replace(
    locked: &Locked,
    found: Option<Container>,
    posture: &Posture,
) -> Result<Option<Container>, Failure> {
    match found {
        Some(container) if container.state == State::Gone => {
            locked.engine.remove_container(&container.id).await?;
            Ok(None)
        }
        Some(container) if container.labels.get(label::SPEC).map(String::as_str) != Some(posture.hash()) => {
            replace(locked, &container, "other options").await?;
            Ok(None)
        }
        Some(container) if !container.state.is_up() && is_outdated(locked, &container).await? => {
            replace(locked, &container, "the older image").await?;
            Ok(None)
        }
        found => Ok(found),
    }
}

/// Whether the name of a container's image stands for another image by now, and the container should go with it.
async fn is_outdated(locked: &Locked, container: &Container) -> Result<bool> {
    let options = &locked.definition.options;
    if options.on_image_change == OnImageChange::Keep {
        return Ok(false);
    }
    match locked.engine.image_id(&options.image).await {
        // Podman leaves out the algorithm.
        Ok(current) => Ok(digits(&current) != digits(&container.image_id)),
        // What there is, is better than nothing.
        Err(error) if matches!(error.code(), Code::NotFound | Code::ImageNotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn digits(id: &str) -> &str {
    id.trim_start_matches("sha256:")
}

/// Removes a container that can no longer be used, unless another process uses it.
///
/// # Errors
/// `CONFLICT` when another process uses it; those of any call.
pub async fn replace(locked: &Locked, container: &Container, reason: &str) -> Result<()> {
    let id = &locked.definition.id;
    if locked.directory.leases.is_held(id)? {
        let message = format!("the sandbox {id} is in use by another process with {reason}");
        return Err(Error::new(Code::Conflict, message)
            .hint("stop the other process, or give both the same version and options")
            .detail("containerId", container.id.clone()));
    }
    locked.engine.remove_container(&container.id).await?;
    network::remove(locked).await
}

/// Stops a running container whose disk was mounted just now: it sees the directory below the disk.
pub async fn stop_without_disk(
    engine: &Engine,
    existing: Option<Container>,
    prepared: &Prepared,
) -> Result<Option<Container>> {
    match existing {
        Some(container) if container.state.is_up() && prepared.mounted_anew => {
            stop_container(engine, &container.id).await?;
            Ok(Some(Container { state: State::Exited, ..container }))
        }
        existing => Ok(existing),
    }
}
