//! Containers, as far as sandboxes need them.

use std::{collections::HashMap, time::Duration};

use bollard::{
    errors::Error as Failure,
    models::{ContainerInspectResponse, ContainerStateStatusEnum, ContainerUpdateBody, HostConfig},
    query_parameters::{
        InspectContainerOptions, KillContainerOptions, ListContainersOptions, RemoveContainerOptions,
        RenameContainerOptions, StartContainerOptions, StopContainerOptions, WaitContainerOptions,
    },
};
use futures_util::StreamExt;
use hyper::Method;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::engine::{
    Engine,
    http::{Request, parse, text},
    image::explain_missing,
    is_missing,
};
use crate::error::{Code, Error, Result};

/// The period over which processor time is shared out, in microseconds. On the engine's usual 100 ms a
/// container at half a processor stands still for 50 ms once it has used its share; on 20 ms for 10.
pub const CPU_PERIOD: i64 = 20_000;

/// How long the removal of a container by somebody else may take.
const REMOVAL: Duration = Duration::from_secs(10);

/// How often it is looked whether it is done.
const LOOK: Duration = Duration::from_millis(20);

/// Whether and how a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Made and never started.
    Created,
    /// It runs.
    Running,
    /// All its processes are frozen.
    Paused,
    /// It has ended.
    Exited,
    /// On its way out, or broken.
    Gone,
}

/// What can be changed while a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory in bytes; there is no swap on top.
    pub memory: i64,
    /// Processor time in microseconds a [`CPU_PERIOD`].
    pub cpu_quota: i64,
    /// Processes and threads.
    pub pids: i64,
}

/// A container that is there.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Whether it runs.
    pub state: State,
    /// Its labels.
    pub labels: HashMap<String, String>,
    /// Its limits.
    pub limits: Limits,
    /// The image's name, as it was asked for.
    pub image: String,
    /// The networks in its settings, by name or id.
    pub networks: Vec<String>,
    /// When it was made, in RFC 3339.
    pub created: String,
    /// Its first process, as the engine's machine numbers it, while it runs.
    pub pid: Option<i32>,
    /// The exit code of its first process, once it has ended.
    pub exit_code: Option<i64>,
}

impl Engine {
    /// A container by name or id; `None` when there is none.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn find_container(&self, name: &str) -> Result<Option<Container>> {
        let inspected = self.docker().inspect_container(name, None::<InspectContainerOptions>);
        match self.call("inspect a container", inspected).await {
            Ok(response) => Ok(Some(Container::from(response))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a container with this name, or one that the engine chooses; its id.
    ///
    /// # Errors
    /// `CONFLICT` when the name is taken, `IMAGE_NOT_FOUND`.
    pub async fn create_container(&self, name: Option<&str>, body: &Value) -> Result<String> {
        let mut request =
            Request::new("create a container", Method::POST, "/containers/create").json(body).long();
        if let Some(name) = name {
            request = request.query("name", name);
        }
        match self.ask(request).await {
            Ok(answer) => text(&parse(&answer.body)?, "Id"),
            Err(error) => {
                let image = body["Image"].as_str().unwrap_or_default();
                Err(explain_missing(self, image, error).await)
            }
        }
    }

    /// Starts a container; one that runs already is fine.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn start_container(&self, id: &str) -> Result<()> {
        self.long_call("start a container", self.docker().start_container(id, None::<StartContainerOptions>))
            .await
    }

    /// Lets a paused container go on; one that is not paused is fine.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unpause_container(&self, id: &str) -> Result<()> {
        match self.call("unpause a container", self.docker().unpause_container(id)).await {
            // The engine answers 500 when it is not paused, and 409 when it does not run.
            Err(error) if matches!(error.code(), Code::EngineError | Code::Conflict) => {
                match self.find_container(id).await? {
                    Some(container) if container.state == State::Paused => Err(error),
                    _ => Ok(()),
                }
            }
            outcome => outcome,
        }
    }

    /// Stops a container; one that is stopped or gone is fine.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn stop_container(&self, id: &str, grace_seconds: i32) -> Result<()> {
        let options = StopContainerOptions { t: Some(grace_seconds), ..Default::default() };
        tolerate_missing(
            self.long_call("stop a container", self.docker().stop_container(id, Some(options))).await,
        )
    }

    /// Kills a container; one that does not run is fine.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn kill_container(&self, id: &str) -> Result<()> {
        let killed = self.docker().kill_container(id, None::<KillContainerOptions>);
        match self.call("kill a container", killed).await {
            Err(error) if error.code() == Code::Conflict => Ok(()),
            outcome => tolerate_missing(outcome),
        }
    }

    /// Waits for the end of a container; its exit code.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn wait_container(&self, id: &str) -> Result<i64> {
        let mut ends = self.docker().wait_container(id, None::<WaitContainerOptions>);
        let end = async {
            match ends.next().await {
                Some(Ok(end)) => Ok(end.status_code),
                Some(Err(Failure::DockerContainerWaitError { code, .. })) => Ok(code),
                Some(Err(failure)) => Err(failure),
                // The engine closed the stream: it knows no better than that it has ended.
                None => Ok(0),
            }
        };
        self.long_call("wait for a container", end).await
    }

    /// Gives a container another name.
    ///
    /// # Errors
    /// `CONFLICT` when the name is taken; those of any call.
    pub async fn rename_container(&self, id: &str, name: &str) -> Result<()> {
        let options = RenameContainerOptions { name: name.to_owned() };
        self.call("rename a container", self.docker().rename_container(id, options)).await
    }

    /// Removes a container, also one that runs, with its anonymous volumes; one that is gone is fine.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_container(&self, id: &str) -> Result<()> {
        let options = RemoveContainerOptions { force: true, v: true, ..Default::default() };
        match self.long_call("remove a container", self.docker().remove_container(id, Some(options))).await {
            // Another process removes it at this moment.
            Err(error) if error.code() == Code::Conflict => self.await_removal(id, error).await,
            outcome => tolerate_missing(outcome),
        }
    }

    async fn await_removal(&self, id: &str, conflict: Error) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < REMOVAL {
            if self.find_container(id).await?.is_none() {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        Err(conflict)
    }

    /// Changes a container's limits, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn update_limits(&self, id: &str, limits: Limits) -> Result<()> {
        let body = ContainerUpdateBody {
            memory: Some(limits.memory),
            memory_swap: Some(limits.memory),
            cpu_period: Some(CPU_PERIOD),
            cpu_quota: Some(limits.cpu_quota),
            pids_limit: Some(limits.pids),
            ..Default::default()
        };
        self.call("change a container's limits", self.docker().update_container(id, body)).await
    }

    /// All containers with a label, of this value if one is given, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn containers_with_label(&self, label: &str, value: Option<&str>) -> Result<Vec<Listed>> {
        let filter = value.map_or_else(|| label.to_owned(), |value| format!("{label}={value}"));
        let filters = HashMap::from([("label".to_owned(), vec![filter])]);
        let options = ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
        let listed = self.call("list containers", self.docker().list_containers(Some(options))).await?;
        Ok(listed
            .into_iter()
            .map(|container| Listed {
                id: container.id.unwrap_or_default(),
                names: container.names.unwrap_or_default(),
                state: container.state.map_or(State::Gone, |state| State::parse(state.as_ref())),
                image: container.image.unwrap_or_default(),
                labels: container.labels.unwrap_or_default(),
                created: container.created.unwrap_or_default(),
            })
            .collect())
    }
}

/// A container in a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its names, each with a slash in front.
    pub names: Vec<String>,
    /// Whether it runs.
    pub state: State,
    /// The image's name.
    pub image: String,
    /// Its labels.
    pub labels: HashMap<String, String>,
    /// When it was made, in seconds since 1970.
    pub created: i64,
}

impl State {
    fn parse(text: &str) -> Self {
        match text {
            "created" => Self::Created,
            "running" | "restarting" => Self::Running,
            "paused" => Self::Paused,
            "exited" => Self::Exited,
            _ => Self::Gone,
        }
    }

    /// Whether there are processes in it, running or frozen.
    #[must_use]
    pub fn is_up(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// The state as JavaScript sees it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Exited => "exited",
            Self::Gone => "gone",
        }
    }
}

impl From<ContainerInspectResponse> for Container {
    fn from(response: ContainerInspectResponse) -> Self {
        let state = response.state.unwrap_or_default();
        let config = response.config.unwrap_or_default();
        let networks = response.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        Self {
            id: response.id.unwrap_or_default(),
            state: State::parse(state.status.unwrap_or(ContainerStateStatusEnum::EMPTY).as_ref()),
            labels: config.labels.unwrap_or_default(),
            limits: Limits::from(response.host_config.unwrap_or_default()),
            image: config.image.unwrap_or_default(),
            networks: networks.into_keys().collect(),
            created: response.created.unwrap_or_default(),
            pid: state.pid.and_then(|pid| i32::try_from(pid).ok()).filter(|pid| *pid > 0),
            exit_code: state.exit_code,
        }
    }
}

impl Limits {
    /// Processors; 0.5 is half of one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "quotas are far below 2^52")]
    pub fn cpus(self) -> f64 {
        self.cpu_quota as f64 / CPU_PERIOD as f64
    }
}

impl From<HostConfig> for Limits {
    fn from(config: HostConfig) -> Self {
        Self {
            memory: config.memory.unwrap_or_default(),
            cpu_quota: config.cpu_quota.unwrap_or_default(),
            pids: config.pids_limit.unwrap_or_default(),
        }
    }
}

fn tolerate_missing(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if is_missing(&error) => Ok(()),
        outcome => outcome,
    }
}

/// Whether a container could not be created because the engine's machine does not have the directory of a bind mount.
pub(crate) fn is_missing_source(error: &Error) -> bool {
    error.message().contains("bind source path does not exist")
}

/// A name that is taken.
pub(crate) fn is_taken(error: &Error) -> bool {
    error.code() == Code::Conflict
}
