use std::path::Path;

use cofferdam_protocol::layout;
use serde_json::{Value, json};

use super::{any::remove, workspace_path::workspace};
use crate::{
    config::id::SandboxId,
    docker::{Manager, name},
    engine::{api::volume, is_taken},
    error::{Code, Error, Result},
    label,
};

/// Where a task finds its memory.
const MEMORY: &str = "/memory";

/// A volume to mount in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskMount {
    /// The volume's name.
    pub source: String,
    /// The path to mount it at.
    pub target: &'static str,
}

/// Creates a task's workspace volume, which is a directory of the engine's host. Removing the volume leaves the
/// directory alone.
///
/// # Errors
/// `INVALID_ARGUMENT` if the path is not a directory or would expose the host; `CONFLICT` if the task has another
/// workspace, with `details.path`; those of any call.
pub async fn mount_workspace(manager: &Manager, task: &str, path: &Path) -> Result<TaskMount> {
    let task = name::task(task)?;
    let path = workspace(path)?;
    let name = format!("cofferdam-{task}-workspace");
    let options = json!({ "type": "none", "o": "bind", "device": path });
    let volume = create(manager, &name, &task, "workspace", options).await?;
    // The engine leaves an existing volume as it is.
    if volume["Options"]["device"].as_str().map(Path::new) != Some(&path) {
        return Err(Error::new(Code::Conflict, format!("the task {task} has another workspace"))
            .hint("call unmountVolumes first")
            .detail("path", volume["Options"]["device"].clone()));
    }
    Ok(TaskMount { source: name, target: layout::WORKSPACE })
}

/// Creates a task's memory volume, or finds the existing one.
///
/// # Errors
/// `INVALID_ARGUMENT`; those of any call.
pub async fn mount_memory(manager: &Manager, task: &str) -> Result<TaskMount> {
    let task = name::task(task)?;
    let name = format!("cofferdam-{task}-memory");
    create(manager, &name, &task, "memory", json!({})).await?;
    Ok(TaskMount { source: name, target: MEMORY })
}

/// Removes the workspace volumes of a task, or `all` of its volumes, and returns their names. Directories of the host
/// stay.
///
/// # Errors
/// `INVALID_ARGUMENT`; `CONFLICT` if a container uses one; those of any call.
pub async fn remove_of_task(manager: &Manager, task: &str, all: bool) -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for volume in of_task(manager, task).await? {
        let Some(name) = volume["Name"].as_str() else { continue };
        if (all || volume["Labels"][label::KIND] == "workspace") && remove(manager, name, false).await? {
            removed.push(name.to_owned());
        }
    }
    Ok(removed)
}

/// The volumes of a task, as the engine describes them.
///
/// # Errors
/// `INVALID_ARGUMENT`; those of any call.
pub async fn of_task(manager: &Manager, task: &str) -> Result<Vec<Value>> {
    let filters = json!({ "label": [format!("{}={}", label::TASK, name::task(task)?)] }).to_string();
    let mut answer: Value = volume::list(&*manager.engine().await?, Some(filters)).await?.json()?;
    Ok(match answer["Volumes"].take() {
        Value::Array(volumes) => volumes,
        _ => Vec::new(),
    })
}

async fn create(
    manager: &Manager,
    name: &str,
    task: &SandboxId,
    kind: &str,
    options: Value,
) -> Result<Value> {
    let engine = manager.engine().await?;
    let labels = json!({ label::TASK: task.as_str(), label::KIND: kind, label::MANAGED: "true" });
    let body = json!({ "Name": name, "Driver": "local", "DriverOpts": options, "Labels": labels });
    match volume::create(&engine, &body).await {
        Ok(_) => {}
        // Newer engines refuse an existing name with other options; the caller compares them.
        Err(error) if is_taken(&error) => {}
        Err(error) => return Err(error),
    }
    volume::inspect(&engine, name).await?.json()
}
