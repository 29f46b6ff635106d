//! Making a workspace ready to be mounted in a container.

use std::sync::Arc;

use nix::unistd::geteuid;

use super::{
    Workspace,
    delete::{blocking, unmount},
    disk::Disk,
    host::HostWorkspace,
    limit::{Enforcement, limit},
    prepared::Prepared,
    volume,
};
use crate::{
    config::user::Ids,
    engine::{Engine, container::Container},
    error::{Code, Error, Result},
    site::{Definition, Locked},
};

/// Prepares the workspace of a sandbox, with a disk if it has a limit and this machine allows one.
///
/// # Errors
/// `DISK_LIMIT` when the host has no room, `FILE_ERROR`, `CONFLICT`, and those of any call.
pub async fn prepare(
    locked: &Locked,
    workspace: &Workspace,
    existing: Option<&Container>,
    user: Ids,
) -> Result<Prepared> {
    let Locked { definition, engine, directory, lock } = locked;
    let Definition { id, options, site } = definition;
    if options.workspace_dir.is_some() {
        return Ok(Prepared::new(Enforcement::None));
    }
    if let Workspace::Volume(name) = workspace {
        volume::create(engine, directory, id, name).await?;
        return Ok(Prepared::new(Enforcement::of(options, directory, id)?));
    }
    let running = existing.filter(|container| container.state.is_up());
    let disk = Disk::of(directory, id);
    if disk.is_broken() {
        if let Some(container) = running {
            engine.kill_container(&container.id).await?;
        }
        unmount(disk, lock).await?;
    }
    let wanted = HostWorkspace {
        limit: limit(options, directory),
        // A running container would go on using the plain directory below the disk.
        may_make_disk: running.is_none() && geteuid().is_root() && !site.learned.shares_disks.is_false(),
        // Files that do not outlive their process need not survive a crash of the host.
        journal: !options.lifetime.is_tethered(),
        user,
    };
    let (directory, id) = (Arc::clone(directory), id.clone());
    let prepared = blocking(lock, move || wanted.prepare(&directory, &id)).await?;
    if prepared.refused {
        site.learned.shares_disks.learn(false);
    }
    Ok(prepared)
}

/// Whether a container that was just started sees the disk of its sandbox. It does not if the engine does not see what
/// this process mounts.
///
/// # Errors
/// `SANDBOX_LOST` when the container has ended; those of any call.
pub async fn sees_disk(
    definition: &Definition,
    engine: &Engine,
    container: &str,
    prepared: &Prepared,
    disk: &Disk,
) -> Result<bool> {
    let learned = &definition.site.learned;
    if !prepared.is_disk() || learned.shares_disks.is_true() {
        return Ok(true);
    }
    let found = engine.find_container(container).await?;
    let pid = found.and_then(|container| container.pid);
    let pid =
        pid.ok_or_else(|| Error::new(Code::SandboxLost, "the container ended right after its start"))?;
    let sees = disk.is_in(pid);
    learned.shares_disks.learn(sees);
    if sees {
        learned.shares_directory.learn(true);
    }
    Ok(sees)
}
