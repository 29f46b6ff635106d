//! Workspaces in volumes of the engine.

use cofferdam_protocol::layout;
use serde_json::json;

use super::Workspace;
use crate::{
    config::{
        id::SandboxId,
        user::{Ids, unmapped},
    },
    engine::Engine,
    error::{Code, Error, Result},
    label,
    link::Installed,
    store::data_directory::DataDirectory,
};

/// Creates the volume of a sandbox; one that exists is left as it is.
///
/// # Errors
/// Those of any call.
pub async fn create(engine: &Engine, directory: &DataDirectory, id: &SandboxId, name: &str) -> Result<()> {
    let labels = json!({ label::NAMESPACE: directory.namespace(), label::SANDBOX: id.as_str() });
    engine.create_volume(name, &labels).await
}

/// Makes the sandbox's user the owner of its volume, and of the files there that another user was given before; a bind is
/// left alone. A new volume belongs to root, or to the owner
/// of the directory in the image. Only a process in a container can change that: what the engine unpacks into a volume
/// never changes the volume's own directory.
///
/// # Errors
/// `INVALID_ARGUMENT` for a user whose ids the engine's containers lack; those of any call.
pub async fn hand_over(
    workspace: &Workspace,
    engine: &Engine,
    image: &str,
    user: Ids,
    agent: &Installed,
) -> Result<()> {
    let Workspace::Volume(name) = workspace else { return Ok(()) };
    let body = json!({
        "Image": image,
        "User": "0:0",
        "Entrypoint": [layout::AGENT, "own", format!("{}:{}", user.uid, user.gid)],
        "Cmd": [],
        "Labels": { label::HELPER: name },
        "HostConfig": {
            "CapDrop": ["ALL"],
            // The second: to enter directories of another user, whose files may have to change hands.
            "CapAdd": ["CHOWN", "DAC_READ_SEARCH"],
            "SecurityOpt": ["no-new-privileges"],
            "Mounts": [workspace.mount(), agent.mount()],
            "NetworkMode": "none",
            "Init": false,
        },
    });
    let helper = engine.create_container(None, &body).await?;
    let ended = async {
        engine.start_container(&helper).await?;
        engine.wait_container(&helper).await
    };
    let code = ended.await;
    engine.remove_container(&helper).await?;
    match code? {
        0 => Ok(()),
        code if code == i64::from(layout::NO_SUCH_USER) => {
            Err(unmapped(&format!("{}:{}", user.uid, user.gid)))
        }
        code => {
            let message = format!("could not make {}:{} the owner of the volume {name}", user.uid, user.gid);
            Err(Error::new(Code::EngineError, message).detail("exitCode", code))
        }
    }
}
