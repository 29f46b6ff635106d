//! What sandboxes left behind on the engine and in the data directory. Workspaces, and the volumes in which tasks keep
//! their memory, are never left over.

use std::{collections::HashSet, sync::Arc};

use tokio::task::spawn_blocking;

use super::rules::{ABANDONED, FRESH};
use crate::{
    config::id::SandboxId,
    engine::{Engine, unused::Unused},
    error::{Code, Error, Result},
    label,
    sandbox::Sandboxes,
    site::{Locked, Site},
    store::data_directory::DataDirectory,
};

/// What was removed, by name.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Images built by this project whose name went to a newer image.
    pub images: Vec<String>,
    /// Volumes that held an agent which no container used.
    pub volumes: Vec<String>,
    /// Networks of tasks, and on Podman those of sandboxes.
    pub networks: Vec<String>,
    /// Files in the data directory: of sandboxes that no longer exist, and of processes that died while writing.
    pub files: Vec<String>,
    /// What could not be removed, and why.
    pub failures: Vec<(String, Error)>,
}

impl Leftovers {
    /// Removes what was left over. `living` are the sandboxes that have a container.
    pub(super) async fn remove(
        sandboxes: &Sandboxes,
        engine: &Arc<Engine>,
        directory: &Arc<DataDirectory>,
        living: HashSet<SandboxId>,
    ) -> Self {
        let (mut left, site) = (Self::default(), sandboxes.site());
        let living = Arc::new(living);
        let ((images, volumes, networks), files) = futures_util::join!(
            async {
                futures_util::join!(images(engine), volumes(site, engine), async {
                    let mut removed = networks(engine).await?;
                    removed.extend(networks_of_sandboxes(sandboxes, engine, directory, &living).await?);
                    Ok(removed)
                })
            },
            files(Arc::clone(directory), Arc::clone(&living)),
        );
        left.images = left.keep("images", images);
        left.volumes = left.keep("volumes", volumes);
        left.networks = left.keep("networks", networks);
        left.files = left.keep("files", files);
        left
    }

    /// What was removed. A failure is recorded.
    fn keep(&mut self, what: &str, outcome: Result<Vec<String>>) -> Vec<String> {
        outcome.unwrap_or_else(|error| {
            self.failures.push((what.to_owned(), error));
            Vec::new()
        })
    }
}

async fn images(engine: &Engine) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    // A younger one may be a step of a build in progress.
    for image in older_than_fresh(engine.unused_images(label::IMAGE).await?) {
        if engine.remove_unused_image(&image.id).await? {
            removed.push(image.name);
        }
    }
    Ok(removed)
}

async fn volumes(site: &Site, engine: &Engine) -> Result<Vec<String>> {
    let own = site.installer.volume(engine).await?;
    let mut removed = Vec::new();
    for volume in older_than_fresh(engine.unused_volumes(label::AGENT).await?) {
        // A process that needs another build fills its volume again.
        if own != volume.id && engine.remove_unused_volume(&volume.id).await? {
            removed.push(volume.name);
        }
    }
    Ok(removed)
}

async fn networks(engine: &Engine) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for network in engine.unused_networks(label::TASK, ABANDONED).await? {
        if engine.remove_unused_network(&network.id).await? {
            removed.push(network.name);
        }
    }
    Ok(removed)
}

/// On Podman, each sandbox has its own. A process that died may have left one without a container.
async fn networks_of_sandboxes(
    sandboxes: &Sandboxes,
    engine: &Arc<Engine>,
    directory: &DataDirectory,
    living: &HashSet<SandboxId>,
) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    if !sandboxes.site().features(engine).await?.podman {
        return Ok(removed);
    }
    for (name, id) in engine.networks_of_sandboxes(directory.namespace()).await? {
        if !living.contains(&id)
            && let Some(_locked) = Locked::unless_used(&sandboxes.define(&id)).await?
            && engine.remove_unused_network(&name).await?
        {
            removed.push(name);
        }
    }
    Ok(removed)
}

async fn files(directory: Arc<DataDirectory>, living: Arc<HashSet<SandboxId>>) -> Result<Vec<String>> {
    // There may be one for every sandbox that ever existed.
    let removal = spawn_blocking(move || remove_files(&directory, &living)).await;
    removal.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

fn remove_files(directory: &DataDirectory, living: &HashSet<SandboxId>) -> Result<Vec<String>> {
    let mut known: HashSet<SandboxId> = directory.records.ids()?.into_iter().collect();
    known.extend(directory.workspaces()?);
    // The directory below a disk may be missing. Without a lock file, nobody could tell whose image it is.
    known.extend(directory.disks()?);
    let mut removed = directory.records.remove_drafts(FRESH)?;
    for id in directory.remembered()? {
        if living.contains(&id) || known.contains(&id) {
            continue;
        }
        if let Some(lock) = directory.locks.try_take(&id)?
            && !directory.leases.is_held(&id)?
        {
            directory.forget(&id, &lock)?;
            removed.push(id.to_string());
        }
    }
    Ok(removed)
}

fn older_than_fresh(unused: Vec<Unused>) -> impl Iterator<Item = Unused> {
    unused.into_iter().filter(|unused| unused.age >= FRESH)
}
