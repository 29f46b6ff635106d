//! What sandboxes have left on the engine and in the data directory, and nobody uses any more. Workspaces and what tasks
//! remember are nobody's leftovers.

use std::{collections::HashSet, sync::Arc, time::Duration};

use tokio::task::spawn_blocking;

use super::{context::Context, directory::DataDirectory, id::SandboxId};
use crate::{
    engine::{Engine, unused::Unused},
    error::{Code, Error, Result},
    label,
};

/// How long something may lie between its making and its first use.
const FRESH: Duration = Duration::from_hours(1);

/// A task's network is its owner's to remove; one that had nobody on it for so long has none.
const ABANDONED: Duration = Duration::from_hours(7 * 24);

/// What was removed, by name.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// Images of the project's own that had lost their name to a newer one.
    pub images: Vec<String>,
    /// Volumes that held an agent which no container used.
    pub volumes: Vec<String>,
    /// Networks of tasks.
    pub networks: Vec<String>,
    /// Files in the data directory: of sandboxes that are no more, and of processes that died while they wrote.
    pub files: Vec<String>,
    /// What could not be removed: of what, and why.
    pub failures: Vec<(String, Error)>,
}

impl Leftovers {
    /// Removes what `living`, the sandboxes that have a container, leave over.
    pub(super) async fn remove(
        context: &Context,
        engine: &Engine,
        directory: &Arc<DataDirectory>,
        living: HashSet<SandboxId>,
    ) -> Self {
        let mut left = Self::default();
        let ((images, volumes, networks), files) = futures_util::join!(
            async { futures_util::join!(images(engine), volumes(context, engine), networks(engine)) },
            files(Arc::clone(directory), living),
        );
        left.images = left.keep("images", images);
        left.volumes = left.keep("volumes", volumes);
        left.networks = left.keep("networks", networks);
        left.files = left.keep("files", files);
        left
    }

    /// What was removed; what kept the rest from being is noted.
    fn keep(&mut self, what: &str, outcome: Result<Vec<String>>) -> Vec<String> {
        outcome.unwrap_or_else(|error| {
            self.failures.push((what.to_owned(), error));
            Vec::new()
        })
    }
}

async fn images(engine: &Engine) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    // A younger one may be a step of a build that goes on.
    for image in fresh_excepted(engine.unused_images(label::IMAGE).await?) {
        if engine.remove_unused_image(&image.id).await? {
            removed.push(image.name);
        }
    }
    Ok(removed)
}

async fn volumes(context: &Context, engine: &Engine) -> Result<Vec<String>> {
    let own = context.shared.installer.volume(engine).await?;
    let mut removed = Vec::new();
    for volume in fresh_excepted(engine.unused_volumes(label::AGENT).await?) {
        // Whoever needs another fills it again.
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

async fn files(directory: Arc<DataDirectory>, living: HashSet<SandboxId>) -> Result<Vec<String>> {
    // As many as there ever were sandboxes.
    let removal = spawn_blocking(move || remove_files(&directory, &living)).await;
    removal.map_err(|error| Error::new(Code::Internal, error.to_string()))?
}

fn remove_files(directory: &DataDirectory, living: &HashSet<SandboxId>) -> Result<Vec<String>> {
    let mut known: HashSet<SandboxId> = directory.sessions()?.into_iter().collect();
    known.extend(directory.workspaces()?);
    let mut removed = directory.remove_drafts(FRESH)?;
    for id in directory.remembered()? {
        if living.contains(&id) || known.contains(&id) {
            continue;
        }
        if let Some(creation) = directory.try_creation(&id)?
            && !directory.is_leased(&id)?
        {
            directory.forget(&id, &creation)?;
            removed.push(id.to_string());
        }
    }
    Ok(removed)
}

fn fresh_excepted(unused: Vec<Unused>) -> impl Iterator<Item = Unused> {
    unused.into_iter().filter(|unused| unused.age >= FRESH)
}
