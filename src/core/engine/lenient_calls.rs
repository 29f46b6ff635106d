//! The calls that sandboxes make: they succeed when there is nothing to do, and most have the ordinary deadline.

use std::{path::PathBuf, time::Duration};

use serde_json::{Value, json};

use super::{
    Engine,
    api::{
        container::{self, Container, Limits, Listed},
        existed, system, volume,
    },
    is_missing,
};
use crate::error::{Code, Result};

impl Engine {
    /// Finds a container by name or id; `None` if it does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn find_container(&self, name: &str) -> Result<Option<Container>> {
        container::find(self, name).await
    }

    /// Lists all containers with a label, and with this value of it if given, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn containers_with_label(&self, label: &str, value: Option<&str>) -> Result<Vec<Listed>> {
        container::with_label(self, label, value).await
    }

    /// Creates a container and returns its id. Without a name, the engine chooses one.
    ///
    /// # Errors
    /// `CONFLICT` if the name is taken; `IMAGE_NOT_FOUND`; those of any call.
    pub async fn create_container(&self, name: Option<&str>, body: &Value) -> Result<String> {
        container::create(self, name, None, body).await
    }

    /// The directory of the engine's machine that a volume really is, through the options of the `local` driver. `None` for
    /// any other volume, and for one that does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn volume_device(&self, name: &str) -> Result<Option<PathBuf>> {
        match volume::inspect(self, name).await {
            Ok(answer) => {
                let found: Value = answer.json()?;
                Ok(found["Options"]["device"]
                    .as_str()
                    .filter(|device| device.starts_with('/'))
                    .map(PathBuf::from))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The directory of the engine's machine in which it keeps its data.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn data_root(&self) -> Result<PathBuf> {
        Ok(PathBuf::from(system::info(self).await?.field("DockerRootDir")?))
    }

    /// Starts a container; does nothing if it is running.
    ///
    /// # Errors
    /// `NOT_FOUND` if the container, or a network of it, does not exist; those of any call.
    pub async fn start_container(&self, id: &str) -> Result<()> {
        container::start(self, id).await.map(drop)
    }

    /// Resumes a paused container; does nothing if it is not paused.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn unpause_container(&self, id: &str) -> Result<()> {
        match self.promptly("unpause a container", container::unpause(self, id)).await {
            // It ended or was removed meanwhile, so nothing in it is frozen.
            Err(error)
                if matches!(error.code(), Code::EngineError | Code::Conflict)
                    && error.details().get("state").is_none_or(|state| state != "paused") =>
            {
                Ok(())
            }
            outcome => outcome.map(drop),
        }
    }

    /// Stops a container: by its stop signal, and by `SIGKILL` after `grace`, rounded up to seconds. Does nothing if it is
    /// stopped or does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn stop_container(&self, id: &str, grace: Duration) -> Result<()> {
        let seconds = grace.as_secs() + u64::from(grace.subsec_nanos() > 0);
        let given = Some(i64::try_from(seconds).unwrap_or(i64::MAX));
        tolerate_missing(container::stop(self, id, given, Duration::from_secs(seconds)).await)
    }

    /// Kills a container; does nothing if it is not running or does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn kill_container(&self, id: &str) -> Result<()> {
        match self.promptly("kill a container", container::kill(self, id, None)).await {
            Err(error) if error.code() == Code::Conflict => Ok(()),
            outcome => tolerate_missing(outcome),
        }
    }

    /// Waits until a container has ended and returns its exit code; 0 if the engine does not report one.
    ///
    /// # Errors
    /// `NOT_FOUND`; `TIMEOUT` after two minutes; those of any call.
    pub async fn wait_container(&self, id: &str) -> Result<i64> {
        let end = container::wait(self, id, None);
        let code = self.within(self.long_timeout(), "wait for a container", end).await?;
        Ok(code.unwrap_or(0))
    }

    /// Renames a container.
    ///
    /// # Errors
    /// `CONFLICT` if the name is taken; those of any call.
    pub async fn rename_container(&self, id: &str, name: &str) -> Result<()> {
        self.promptly("rename a container", container::rename(self, id, name)).await
    }

    /// Removes a container with its anonymous volumes, even a running one; does nothing if it does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_container(&self, id: &str) -> Result<()> {
        container::remove(self, id, true, true).await.map(drop)
    }

    /// Changes the limits of a container, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn update_limits(&self, id: &str, limits: Limits) -> Result<()> {
        self.promptly("change a container's limits", container::update_limits(self, id, limits)).await
    }

    /// Creates a volume with labels; an existing one is left as it is.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn create_volume(&self, name: &str, labels: &Value) -> Result<()> {
        let body = json!({ "Name": name, "Labels": labels });
        self.promptly("create a volume", volume::create(self, &body)).await.map(drop)
    }

    /// Whether a volume exists.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn has_volume(&self, name: &str) -> Result<bool> {
        existed(volume::inspect(self, name).await)
    }

    /// Removes a volume; does nothing if it does not exist.
    ///
    /// # Errors
    /// `CONFLICT` if a container uses it; those of any call.
    pub async fn remove_volume(&self, name: &str) -> Result<()> {
        self.promptly("remove a volume", volume::remove(self, name, false)).await.map(drop)
    }

    /// Asks the engine for a sign of life.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn ping(&self) -> Result<()> {
        self.promptly("answer a ping", system::ping(self)).await.map(drop)
    }

    /// The architecture of its containers, as Rust and the kernel name it: `x86_64`, `aarch64`.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn architecture(&self) -> Result<String> {
        let version: Value = self.promptly("report its version", system::version(self)).await?.json()?;
        Ok(match version["Arch"].as_str().unwrap_or_default() {
            "amd64" => "x86_64".to_owned(),
            "arm64" => "aarch64".to_owned(),
            other => other.to_owned(),
        })
    }
}

fn tolerate_missing(outcome: Result<bool>) -> Result<()> {
    match outcome {
        Err(error) if is_missing(&error) => Ok(()),
        outcome => outcome.map(drop),
    }
}
