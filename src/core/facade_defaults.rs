//! Defaults and policies of calls that the JavaScript facade prepares before the core sees them. The facade reads
//! them through the addon and has no values of its own.

use std::time::Duration;

/// Unused sandboxes.
pub mod idle {
    use super::Duration;

    /// How long a sandbox may be unused before it is stopped.
    pub const IDLE_TIMEOUT: Duration = Duration::from_mins(30);
    /// How long a stopped sandbox may be unused before its container is removed.
    pub const REMOVE_AFTER: Duration = Duration::from_hours(7 * 24);
    /// How long a detached process keeps its sandbox from being idle.
    pub const DETACHED_GRACE: Duration = Duration::from_hours(24);
    /// How often idle sandboxes are looked for.
    pub const CLEANUP_INTERVAL: Duration = Duration::from_mins(1);
}

/// Tasks of a `DockerExecutor`.
pub mod tasks {
    /// How many tasks of a batch run at the same time.
    pub const CONCURRENCY: u32 = 4;
    /// The lowest level that is logged.
    pub const LOG_LEVEL: &str = "info";
    /// Runtimes and their images, which `docker/build-sandbox.sh` builds.
    pub const RUNTIME_IMAGES: [(&str, &str); 4] = [
        ("shell", "cofferdam-runtime-shell:latest"),
        ("node", "cofferdam-runtime-node:latest"),
        ("python", "cofferdam-runtime-python:latest"),
        ("gcc", "cofferdam-runtime-gcc:latest"),
    ];
    /// The environment variable that sets the default `timeout`, in milliseconds.
    pub const TIMEOUT_VARIABLE: &str = "DOCKER_TIMEOUT";
    /// The environment variable that sets the default `memory`, as a size.
    pub const MEMORY_VARIABLE: &str = "DOCKER_MEMORY_LIMIT";
    /// The environment variable that sets the default `cpus`.
    pub const CPUS_VARIABLE: &str = "DOCKER_CPU_LIMIT";
    /// The environment variable that can turn Docker off; see [`is_docker_disabled`].
    pub const DOCKER_VARIABLE: &str = "ENABLE_DOCKER";

    /// Whether this value of [`DOCKER_VARIABLE`] makes tasks run on the host by default.
    #[must_use]
    pub fn is_docker_disabled(value: &str) -> bool {
        ["false", "0", "no", "off"].iter().any(|word| value.trim().eq_ignore_ascii_case(word))
    }

    /// Whether a task on the host gets this environment variable of the process. Only the variables that say where
    /// things are and what language to use: any other may be a secret.
    #[must_use]
    pub fn is_passed_to_host(variable: &str) -> bool {
        const PASSED: [&str; 9] =
            ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE"];
        let is_locale = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase());
        PASSED.contains(&variable) || variable.strip_prefix("LC_").is_some_and(is_locale)
    }
}

/// Containers of a `DockerManager`.
pub mod containers {
    use super::Duration;

    /// How long a command is waited for.
    pub const EXEC_TIMEOUT: Duration = Duration::from_secs(30);
    /// How much of each output stream a result holds, in bytes.
    pub const OUTPUT_LIMIT: u32 = 100 * 1024;
    /// What runs a command line.
    pub const SHELL: [&str; 2] = ["/bin/sh", "-c"];
    /// The signal of `killContainer`.
    pub const KILL_SIGNAL: &str = "SIGKILL";
    /// The longest time that a container may be given to stop.
    pub const MAX_STOP_TIMEOUT: Duration = Duration::from_hours(1);
    /// The time between two stats of a watched container.
    pub const STATS_INTERVAL: Duration = Duration::from_secs(1);
    /// The shortest such time.
    pub const MIN_STATS_INTERVAL: Duration = Duration::from_millis(10);
    /// The environment variable that sets the memory limit of containers without one, in units of
    /// [`MEMORY_UNIT`].
    pub const MEMORY_VARIABLE: &str = "CONTAINER_MEMORY_MB";
    /// The unit of [`MEMORY_VARIABLE`], in bytes.
    pub const MEMORY_UNIT: u32 = 1024 * 1024;
    /// The environment variable that sets the CPU weight of containers without one.
    pub const CPU_SHARES_VARIABLE: &str = "CONTAINER_CPU_SHARES";
    /// The environment variable that sets the process limit of containers without one.
    pub const PIDS_VARIABLE: &str = "CONTAINER_PIDS_LIMIT";
}

/// Labels that the facade reads in the engine's answers or filters by.
pub mod labels {
    pub use crate::label::{DNS, FORMER, KIND, MANAGED};
}

#[cfg(test)]
mod tests {
    use super::tasks::{is_docker_disabled, is_passed_to_host};

    #[test]
    fn only_a_clear_no_turns_docker_off() {
        for value in ["false", "FALSE", "0", "no", "Off", " off\n"] {
            assert!(is_docker_disabled(value), "{value:?}");
        }
        for value in ["", "true", "1", "yes", "on", "none", "offf"] {
            assert!(!is_docker_disabled(value), "{value:?}");
        }
    }

    #[test]
    fn a_task_on_the_host_gets_places_and_languages_and_no_secrets() {
        for variable in ["PATH", "HOME", "TZ", "LANG", "LC_ALL", "LC_CTYPE"] {
            assert!(is_passed_to_host(variable), "{variable}");
        }
        for variable in
            ["", "path", "PATHS", "LC_", "LC_all", "LC_API_KEY", "AWS_SECRET_ACCESS_KEY", "NODE_OPTIONS"]
        {
            assert!(!is_passed_to_host(variable), "{variable}");
        }
    }
}
