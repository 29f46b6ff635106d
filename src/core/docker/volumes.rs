//! Volumes: of tasks, and any.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

use hyper::Method;
use serde_json::{Value, json};

use super::{Manager, container, filtered, parse, text};
use crate::{
    config::id::SandboxId,
    engine::http::{Request, segment},
    error::{Code, Error, Result},
    label,
};

/// Where tasks find what is mounted for them.
const WORKSPACE: &str = "/workspace";
const MEMORY: &str = "/memory";

/// What would give the host away, with all that lies below.
const FORBIDDEN: [&str; 5] = ["/proc", "/sys", "/dev", "/run", "/var/run"];

/// A mount for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskMount {
    /// The volume.
    pub source: String,
    /// Where it is mounted.
    pub target: &'static str,
}

impl Manager {
    /// A volume that is a directory of the engine's host: it is found by its task, and goes without the directory.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for what is no directory, or would give the host away; `CONFLICT` when the task has another
    /// directory; those of any call.
    pub async fn mount_workspace(&self, task: &str, path: &Path) -> Result<TaskMount> {
        let task = task_id(task)?;
        let path = workspace(path)?;
        let name = format!("cofferdam-{task}-workspace");
        let options = json!({ "type": "none", "o": "bind", "device": path });
        let volume = self.task_volume(&name, &task, "workspace", options).await?;
        // The engine leaves one that is there as it is.
        if volume["Options"]["device"].as_str().map(Path::new) != Some(&path) {
            return Err(Error::new(Code::Conflict, format!("the task {task} has another workspace"))
                .hint("unmountVolumes first")
                .detail("path", volume["Options"]["device"].clone()));
        }
        Ok(TaskMount { source: name, target: WORKSPACE })
    }

    /// A volume for what a task is to remember. It is made once and found again.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; those of any call.
    pub async fn mount_task_memory(&self, task: &str) -> Result<TaskMount> {
        let task = task_id(task)?;
        let name = format!("cofferdam-{task}-memory");
        self.task_volume(&name, &task, "memory", json!({})).await?;
        Ok(TaskMount { source: name, target: MEMORY })
    }

    /// Removes the volumes of a task: those that are directories of the host, which stay, or `all`. Their names.
    ///
    /// # Errors
    /// `CONFLICT` when a container has one; those of any call.
    pub async fn remove_task_volumes(&self, task: &str, all: bool) -> Result<Vec<String>> {
        let mut removed = Vec::new();
        for volume in self.task_volumes(task).await? {
            let name = text(&volume, "Name")?;
            if (all || volume["Labels"][label::KIND] == "workspace")
                && self.remove_volume(&name, false).await?
            {
                removed.push(name);
            }
        }
        Ok(removed)
    }

    /// The volumes of a task, as the engine says them.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn task_volumes(&self, task: &str) -> Result<Vec<Value>> {
        let filters = json!({ "label": [format!("{}={}", label::TASK, task_id(task)?)] }).to_string();
        let mut answer = parse(self.volumes(Some(filters)).await?.as_bytes())?;
        Ok(match answer["Volumes"].take() {
            Value::Array(volumes) => volumes,
            _ => Vec::new(),
        })
    }

    /// Makes a volume, which is one that is there when it is; what the engine says of it.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`; those of any call.
    pub async fn create_volume(
        &self,
        name: Option<&str>,
        driver: Option<&str>,
        options: &BTreeMap<String, String>,
        labels: &BTreeMap<String, String>,
    ) -> Result<String> {
        if let Some(name) = name {
            container(name).map_err(|error| Error::invalid("name", error.message().to_owned()))?;
        }
        let mut labels = labels.clone();
        labels.insert(label::MANAGED.to_owned(), "true".to_owned());
        let body = json!({ "Name": name.unwrap_or_default(), "Driver": driver.unwrap_or("local"), "DriverOpts": options, "Labels": labels });
        self.json(Request::new("create a volume", Method::POST, "/volumes/create").json(&body).long()).await
    }

    /// What the engine says of a volume.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn inspect_volume(&self, name: &str) -> Result<String> {
        let path = format!("/volumes/{}", segment(volume(name)?));
        self.json(Request::new("inspect a volume", Method::GET, path)).await
    }

    /// What the engine says of its volumes that fit the filters, which are JSON.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn volumes(&self, filters: Option<String>) -> Result<String> {
        self.json(filtered(Request::new("list volumes", Method::GET, "/volumes"), filters)).await
    }

    /// Removes a volume; `false` when it is not there.
    ///
    /// # Errors
    /// `CONFLICT` when a container has it; those of any call.
    pub async fn remove_volume(&self, name: &str, force: bool) -> Result<bool> {
        let request =
            Request::new("remove a volume", Method::DELETE, format!("/volumes/{}", segment(volume(name)?)));
        // With force, an engine says the same of one that is not there.
        let there = !force || self.inspect_volume(name).await.is_ok();
        match self.engine().await?.ask(request.query("force", force).long()).await {
            Ok(_) => Ok(there),
            Err(error) if error.code() == Code::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Removes the volumes that no container has and that fit the filters, which are JSON; their names and their size.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn prune_volumes(&self, filters: Option<String>) -> Result<String> {
        self.json(filtered(Request::new("prune volumes", Method::POST, "/volumes/prune").long(), filters))
            .await
    }

    async fn task_volume(&self, name: &str, task: &SandboxId, kind: &str, options: Value) -> Result<Value> {
        let labels = json!({ label::TASK: task.as_str(), label::KIND: kind, label::MANAGED: "true" });
        let body = json!({ "Name": name, "Driver": "local", "DriverOpts": options, "Labels": labels });
        let request = Request::new("create a volume", Method::POST, "/volumes/create").json(&body).long();
        let made = self.engine().await?.ask(request).await;
        match made {
            Ok(_) => {}
            // Newer engines refuse one that is there with other options; what it is, is said below.
            Err(error) if error.code() == Code::Conflict => {}
            Err(error) => return Err(error),
        }
        parse(self.inspect_volume(name).await?.as_bytes())
    }
}

fn volume(name: &str) -> Result<&str> {
    container(name).map_err(|_| Error::invalid("name", format!("{name:?} is not the name of a volume")))
}

fn task_id(task: &str) -> Result<SandboxId> {
    SandboxId::try_from(task.to_owned()).map_err(|error| Error::invalid("taskId", error.message().to_owned()))
}

/// A directory that may be mounted, with all links in its path resolved.
fn workspace(path: &Path) -> Result<PathBuf> {
    let refuse =
        |why: String| Error::invalid("workspacePath", format!("workspacePath: {} {why}", path.display()));
    let resolved = path.canonicalize().map_err(|error| {
        refuse(match error.kind() {
            io::ErrorKind::NotFound => "is not there".to_owned(),
            _ => format!("can't be looked at: {error}"),
        })
    })?;
    let kind =
        fs::metadata(&resolved).map_err(|error| refuse(format!("can't be looked at: {error}")))?.file_type();
    if kind.is_socket() {
        return Err(refuse("is a socket: it may be the engine's".to_owned()));
    }
    if !kind.is_dir() {
        return Err(refuse("is no directory".to_owned()));
    }
    if resolved == Path::new("/")
        || resolved == Path::new("/var")
        || FORBIDDEN.iter().any(|place| resolved.starts_with(place))
    {
        return Err(refuse("would open the host to the task".to_owned()));
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_workspace_is_a_directory_that_does_not_give_the_host_away() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        let link = real.join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert_eq!(workspace(&link).unwrap(), real);
        fs::write(real.join("file"), "").unwrap();
        let socket = std::os::unix::net::UnixListener::bind(real.join("socket")).unwrap();
        std::os::unix::fs::symlink("/", real.join("root")).unwrap();
        for path in ["file", "socket", "root", "root/var", "root/proc", "missing"] {
            assert_eq!(workspace(&real.join(path)).unwrap_err().code(), Code::InvalidArgument, "{path}");
        }
        drop(socket);
    }
}
