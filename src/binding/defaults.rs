//! The core's defaults, for the JavaScript facade. Times are in milliseconds.

use std::{collections::HashMap, time::Duration};

use cofferdam_core::{
    engine::{ENGINE_VARIABLES, EngineOptions},
    facade_defaults::{containers, idle, labels, tasks},
    protocol::wire::limits::MAX_FILE,
};
use napi_derive::napi;

/// Values that the facade needs before a call reaches the core.
#[napi(object, object_from_js = false)]
pub struct NativeFacadeDefaults {
    pub engine_timeout: f64,
    /// The environment variables that name an engine and its settings.
    pub engine_variables: Vec<String>,
    /// The largest file that can be read or written, in bytes.
    pub max_file: f64,
    pub idle: NativeIdleDefaults,
    pub tasks: NativeTaskDefaults,
    pub containers: NativeContainerDefaults,
    pub labels: NativeLabels,
}

/// When unused sandboxes are stopped and removed; see `DockerSandboxOptions` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeIdleDefaults {
    pub idle_timeout: f64,
    pub detached_grace: f64,
    pub remove_after: f64,
    pub cleanup_interval: f64,
}

/// Defaults of a `DockerExecutor`; see `DockerExecutorOptions` in index.d.ts.
#[napi(object, object_from_js = false)]
pub struct NativeTaskDefaults {
    pub concurrency: u32,
    pub log_level: String,
    pub runtimes: Vec<NativeRuntime>,
    pub variables: NativeTaskVariables,
}

/// A runtime and its image.
#[napi(object, object_from_js = false)]
pub struct NativeRuntime {
    pub name: String,
    pub image: String,
}

/// The environment variables that set an option's default.
#[napi(object, object_from_js = false)]
pub struct NativeTaskVariables {
    pub timeout: String,
    pub memory: String,
    pub cpus: String,
    pub isolation: String,
}

/// Defaults and limits of a `DockerManager`.
#[napi(object, object_from_js = false)]
pub struct NativeContainerDefaults {
    pub exec_timeout: f64,
    pub output_limit: u32,
    pub shell: Vec<String>,
    pub kill_signal: String,
    pub max_stop_timeout: f64,
    pub stats_interval: f64,
    pub min_stats_interval: f64,
    pub variables: NativeContainerVariables,
}

/// The environment variables that limit containers without limits of their own.
#[napi(object, object_from_js = false)]
pub struct NativeContainerVariables {
    pub memory: String,
    /// The unit of `memory`, in bytes.
    pub memory_unit: u32,
    pub cpu_shares: String,
    pub pids: String,
}

/// Names of labels.
#[napi(object, object_from_js = false)]
pub struct NativeLabels {
    pub managed: String,
    pub kind: String,
    pub dns: String,
    pub former: String,
}

/// All defaults of the facade.
#[napi]
pub fn defaults() -> NativeFacadeDefaults {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let max_file = MAX_FILE as f64;
    NativeFacadeDefaults {
        engine_timeout: milliseconds(EngineOptions::default().timeout),
        engine_variables: ENGINE_VARIABLES.map(str::to_owned).to_vec(),
        max_file,
        idle: NativeIdleDefaults {
            idle_timeout: milliseconds(idle::IDLE_TIMEOUT),
            detached_grace: milliseconds(idle::DETACHED_GRACE),
            remove_after: milliseconds(idle::REMOVE_AFTER),
            cleanup_interval: milliseconds(idle::CLEANUP_INTERVAL),
        },
        tasks: tasks(),
        containers: containers(),
        labels: NativeLabels {
            managed: labels::MANAGED.to_owned(),
            kind: labels::KIND.to_owned(),
            dns: labels::DNS.to_owned(),
            former: labels::FORMER.to_owned(),
        },
    }
}

/// Whether the environment variable for `isolation` makes tasks run on the host; without a value it does not.
#[napi]
pub fn is_docker_disabled(value: Option<String>) -> bool {
    value.is_some_and(|value| tasks::is_docker_disabled(&value))
}

/// The part of this process's environment that a task on the host gets.
#[napi]
pub fn host_environment(environment: HashMap<String, String>) -> HashMap<String, String> {
    environment.into_iter().filter(|(name, _)| tasks::is_passed_to_host(name)).collect()
}

fn tasks() -> NativeTaskDefaults {
    let runtime =
        |(name, image): (&str, &str)| NativeRuntime { name: name.to_owned(), image: image.to_owned() };
    NativeTaskDefaults {
        concurrency: tasks::CONCURRENCY,
        log_level: tasks::LOG_LEVEL.to_owned(),
        runtimes: tasks::RUNTIME_IMAGES.into_iter().map(runtime).collect(),
        variables: NativeTaskVariables {
            timeout: tasks::TIMEOUT_VARIABLE.to_owned(),
            memory: tasks::MEMORY_VARIABLE.to_owned(),
            cpus: tasks::CPUS_VARIABLE.to_owned(),
            isolation: tasks::DOCKER_VARIABLE.to_owned(),
        },
    }
}

fn containers() -> NativeContainerDefaults {
    NativeContainerDefaults {
        exec_timeout: milliseconds(containers::EXEC_TIMEOUT),
        output_limit: containers::OUTPUT_LIMIT,
        shell: containers::SHELL.map(str::to_owned).to_vec(),
        kill_signal: containers::KILL_SIGNAL.to_owned(),
        max_stop_timeout: milliseconds(containers::MAX_STOP_TIMEOUT),
        stats_interval: milliseconds(containers::STATS_INTERVAL),
        min_stats_interval: milliseconds(containers::MIN_STATS_INTERVAL),
        variables: NativeContainerVariables {
            memory: containers::MEMORY_VARIABLE.to_owned(),
            memory_unit: containers::MEMORY_UNIT,
            cpu_shares: containers::CPU_SHARES_VARIABLE.to_owned(),
            pids: containers::PIDS_VARIABLE.to_owned(),
        },
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
