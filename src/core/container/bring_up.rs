//! Bringing a sandbox up: its container is found, created, started or replaced, and its agent connected to.

use std::{sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{
    connect::connect,
    create::{create, lacks_source, learn_from_refusal},
    failure::Failure,
    home::Home,
    live::Live,
    network,
    posture::Posture,
    reuse::{keep_or_replace, stop_without_disk},
    sources::Sources,
    start::{start, wake},
    stop::stop_container,
};
use crate::{
    config::{options::WorkspaceOption, user::Ids},
    engine::{Engine, container::Container},
    error::{Code, Error, Result},
    site::{Definition, Locked},
    store::lease::Lease,
    workspace::{
        Workspace,
        delete::unmount_unless_up,
        directory,
        disk::Disk,
        prepare::{prepare, sees_disk},
        prepared::Prepared,
    },
};

/// How many attempts are made: the first one, and one more for each of an incomplete agent volume, a container that
/// somebody else removed meanwhile, a workspace that the engine does not see, its disk, a seccomp profile, another engine in
/// the place of the first, and a workspace that was replaced.
const ATTEMPTS: usize = 8;

/// The pause before the next attempt: the engine may be in the middle of something.
const PAUSE: Duration = Duration::from_millis(50);

/// Brings a sandbox up and connects to its agent. `keep_lease` gets the lease, which is taken while no other process
/// can replace the container.
///
/// # Errors
/// `IMAGE_NOT_FOUND`, `CONFLICT`, `DISK_LIMIT`, `FILE_ERROR`; those of any call.
pub async fn bring_up(definition: &Definition, keep_lease: impl FnOnce(Lease)) -> Result<Live> {
    let locked = Locked::wait(definition).await?;
    let mut last = Error::new(Code::Internal, "no attempt was made");
    for _ in 0..ATTEMPTS {
        match Box::pin(attempt(&locked)).await {
            Ok(live) => {
                keep_lease(locked.directory.leases.take(&definition.id)?);
                return Ok(live);
            }
            Err(Failure::Final(error)) => {
                last = telling(last, error);
                break;
            }
            Err(Failure::Again(error)) => last = telling(last, error),
        }
        sleep(PAUSE).await;
    }
    // An engine that did not answer would not answer this either.
    if !matches!(last.code(), Code::Timeout | Code::EngineUnreachable) {
        // The reason for the failure matters more than that of the clean-up.
        let _ = tokio::join!(unmount_unless_up(&locked), network::remove(&locked));
    }
    Err(last)
}

async fn attempt(locked: &Locked) -> Result<Live, Failure> {
    let Locked { definition, engine, directory, .. } = locked;
    let name = locked.container_name();
    let (found, ()) = tokio::try_join!(engine.find_container(&name), avoid_unusable(definition, engine))?;
    let workspace = Workspace::of(definition, directory, found.as_ref());
    let user = definition.ids(engine, directory).await?;
    let posture = Posture::new(definition, directory, &workspace, user);
    let existing = keep_or_replace(locked, found, &posture).await?;
    let is_up = existing.as_ref().is_some_and(|container| container.state.is_up());
    // What a running container has mounted was checked at its start.
    let sources = if is_up { None } else { Some(Sources::find(locked).await?) };
    let (prepared, created) =
        prepare_and_create(locked, &workspace, &posture, existing.as_ref(), user).await?;
    let existing = stop_without_disk(engine, existing, &prepared).await?;
    let is_new = existing.is_none();
    let (container, started) = match existing {
        Some(existing) => {
            let started = wake(locked, &existing).await?;
            (existing.id, started)
        }
        None => (create_and_start(locked, &workspace, &posture, &prepared, created, user).await?, true),
    };
    if started {
        require_disk(locked, &container, is_new, &prepared).await?;
    }
    let (link, guarded) = tokio::join!(
        connect(locked, &container, is_new, &workspace, &prepared),
        network::guard(engine, definition.options.network)
    );
    let (link, ()) = (link?, guarded?);
    if started
        && let Some(sources) = sources
        && let Err(error) = sources.verify(&link).await
    {
        engine.remove_container(&container).await?;
        return Err(error.into());
    }
    let home = match Home::find(locked, &workspace, &link).await? {
        Some(home) => home,
        None if started => Home::elsewhere(locked),
        None => {
            stop_container(engine, &container).await?;
            return Err(Failure::Again(Error::new(
                Code::Conflict,
                "the workspace was replaced while the sandbox ran",
            )));
        }
    };
    Ok(Live { link, container, workspace, home, started, doubts: 0.into() })
}

/// Directories of the host are of no use to containers on two kinds of engines. One that labels files for SELinux labels only its
/// volumes. One that maps users has no id in its containers for the owner of such a directory, so not even their root may enter it.
async fn avoid_unusable(definition: &Definition, engine: &Arc<Engine>) -> Result<()> {
    let Definition { options, site, .. } = definition;
    if options.workspace == WorkspaceOption::Volume || options.workspace_dir.is_some() {
        return Ok(());
    }
    let features = site.features(engine).await?;
    if options.workspace == WorkspaceOption::Auto && (features.selinux || features.user_namespace) {
        site.learned.shares_directory.learn(false);
    } else if features.user_namespace {
        let message =
            "workspace: the engine maps the users of containers, which can't use a directory of the host";
        return Err(Error::new(Code::EngineUnsupported, message)
            .hint("use workspace: 'auto' or 'volume'")
            .detail("workspace", "bind"));
    }
    Ok(())
}

/// Prepares the workspace. For a new tethered sandbox, which is made for one command, the engine creates the container at
/// the same time: it needs the directory, but not the disk that is mounted there before the start.
async fn prepare_and_create(
    locked: &Locked,
    workspace: &Workspace,
    posture: &Posture,
    existing: Option<&Container>,
    user: Ids,
) -> Result<(Prepared, Option<Result<String, Failure>>), Failure> {
    let Definition { id, options, .. } = &locked.definition;
    let preparing = prepare(locked, workspace, existing, user);
    let at_once = existing.is_none()
        && options.lifetime.is_tethered()
        && *workspace == Workspace::bind(&locked.directory, id);
    if !at_once {
        return Ok((preparing.await?, None));
    }
    directory::create(&locked.directory, id)?;
    let (prepared, created) = tokio::join!(preparing, Box::pin(create(locked, workspace, posture, user)));
    Ok((prepared?, Some(created)))
}

async fn create_and_start(
    locked: &Locked,
    workspace: &Workspace,
    posture: &Posture,
    prepared: &Prepared,
    created: Option<Result<String, Failure>>,
    user: Ids,
) -> Result<String, Failure> {
    let created = match created {
        Some(created) => created,
        None => Box::pin(create(locked, workspace, posture, user)).await,
    };
    if let Err(Failure::Again(error)) = &created {
        learn_from_refusal(locked, workspace, prepared, error).await?;
    }
    let container = created?;
    match start(locked, &container).await {
        Ok(()) => Ok(container),
        Err(failure) => Err(give_up(locked, workspace, prepared, &container, failure).await?),
    }
}

/// Removes a new container that does not start. Nothing is in it, and some engines answer another attempt with what is left
/// of the first one instead of its reason.
async fn give_up(
    locked: &Locked,
    workspace: &Workspace,
    prepared: &Prepared,
    container: &str,
    failure: Failure,
) -> Result<Failure> {
    // The reason for the failure matters more than that of the clean-up.
    let _ = locked.engine.remove_container(container).await;
    let (Failure::Final(error) | Failure::Again(error)) = &failure;
    learn_from_refusal(locked, workspace, prepared, error).await?;
    Ok(if lacks_source(locked, workspace, error) { Failure::Again(error.clone()) } else { failure })
}

/// The more telling one of two errors: after a refusal by the engine, further ones tend to be about what is left of the first
/// attempt.
fn telling(before: Error, error: Error) -> Error {
    if before.code() == Code::EngineError && error.code() == Code::EngineError { before } else { error }
}

/// Makes sure that a container that was just started sees its disk. If it does not, the workspace has none from now on.
async fn require_disk(
    locked: &Locked,
    container: &str,
    is_new: bool,
    prepared: &Prepared,
) -> Result<(), Failure> {
    let Locked { definition, engine, directory, lock } = locked;
    let disk = Disk::of(directory, &definition.id);
    if sees_disk(definition, engine, container, prepared, &disk).await? {
        return Ok(());
    }
    if is_new {
        engine.remove_container(container).await?;
    } else {
        stop_container(engine, container).await?;
    }
    prepared.give_up_disk(disk, lock).await?;
    Err(Failure::Again(Error::new(Code::Internal, "the engine does not see what this process mounts")))
}
