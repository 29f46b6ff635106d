//! Connecting to the agent of a running container.

use cofferdam_protocol::wire::hello::HostHello;

use super::{
    diagnose::diagnose, failure::Failure, reuse::replace, socket_memory::limit_socket_memory,
    stop::stop_container,
};
use crate::{
    error::{Code, Error, Result},
    link::{Link, OTHER_VERSION, UNFIT},
    site::Locked,
    workspace::{Workspace, prepared::Prepared, probe},
};

/// Connects to the agent. The first new container is asked whether it sees the data directory.
pub async fn connect(
    locked: &Locked,
    container: &str,
    is_new: bool,
    workspace: &Workspace,
    prepared: &Prepared,
) -> Result<Link, Failure> {
    let Locked { definition, engine, .. } = locked;
    let memory = definition.options.limits().memory;
    let host = HostHello {
        disk_limit: prepared.enforcement.soft(),
        processors: Some(definition.options.whole_processors()),
        observes: false,
    };
    let connecting = Link::connect(engine, container, &host);
    // No command runs before there is a link.
    let (link, ()) = tokio::join!(connecting, limit_socket_memory(engine, container, memory));
    let link = match link {
        Ok(link) => link,
        Err(error) if error.details().contains_key(OTHER_VERSION) => {
            if let Some(found) = engine.find_container(container).await? {
                replace(locked, &found, "another version of cofferdam").await?;
            }
            return Err(Failure::Again(error));
        }
        Err(error) if error.details().contains_key(UNFIT) => {
            // It would be as useless next time.
            if is_new {
                engine.remove_container(container).await?;
            } else {
                stop_container(engine, container).await?;
            }
            return Err(Failure::Final(error));
        }
        Err(error) => return Err(diagnose(definition, engine, container, error).await),
    };
    // A container in which code has run could forge the answer.
    if is_new && probe::is_needed(definition, workspace, prepared.enforcement) {
        let shared = probe::is_shared(workspace, &link).await?;
        definition.site.learned.shares_directory.learn(shared);
        if !shared {
            engine.remove_container(container).await?;
            let message = "the engine does not see the data directory";
            return Err(Failure::Again(Error::new(Code::Internal, message)));
        }
    }
    Ok(link)
}
