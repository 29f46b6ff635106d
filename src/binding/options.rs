use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use cofferdam_core::{
    Error, Result,
    config::{
        defaults::options_of,
        mount::{MountOption, MountSource},
        options::{Network, OnImageChange, Options, WorkspaceOption},
        profile::Profile,
        user::{Ids, User},
        user_range::UserRange,
    },
    engine::{EngineOptions, Environment, TlsOptions},
    firewall::HostAccess,
    protocol::ulimit::Ulimit,
};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

use crate::numbers::{milliseconds, milliseconds_or_none, size, whole};

/// Where the engine is; see `EngineOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct NativeEngineOptions {
    pub host: Option<String>,
    /// Whether the connection is encrypted. Without `ca`, the system's certificate authorities are trusted.
    pub tls: Option<bool>,
    pub ca: Option<String>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub timeout: Option<f64>,
    /// The variables that name an engine, as JavaScript has them.
    pub environment: Option<HashMap<String, String>>,
}

/// A mount; see `MountOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeMount {
    #[napi(js_name = "type")]
    pub kind: String,
    pub source: String,
    pub target: String,
    pub read_only: Option<bool>,
}

/// A limit of each process, -1 for none; see `SandboxOptions.ulimits` in index.d.ts.
#[napi(object, object_to_js = false)]
pub struct NativeUlimit {
    pub soft: f64,
    pub hard: f64,
}

/// Options of sandboxes; see `DockerSandboxOptions` in index.d.ts.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct NativeOptions {
    /// The preset: `conversation`, `session` or `task`.
    pub profile: Option<String>,
    pub engine: Option<NativeEngineOptions>,
    pub data_dir: Option<String>,
    pub image: Option<String>,
    pub on_image_change: Option<String>,
    pub memory: Option<Either<f64, String>>,
    pub cpus: Option<f64>,
    pub pids: Option<f64>,
    /// A size, or `unlimited`.
    pub disk: Option<Either<f64, String>>,
    pub timeout: Option<f64>,
    pub max_timeout: Option<f64>,
    pub stop_timeout: Option<f64>,
    pub output_limit: Option<Either<f64, String>>,
    pub network: Option<String>,
    pub host: Option<String>,
    pub dns: Option<Vec<String>>,
    pub read_only: Option<bool>,
    pub tmpfs: Option<HashMap<String, Either<f64, String>>>,
    pub shm_size: Option<Either<f64, String>>,
    pub ulimits: Option<HashMap<String, NativeUlimit>>,
    pub user: Option<String>,
    pub env: Option<HashMap<String, String>>,
    pub runtime: Option<String>,
    pub labels: Option<HashMap<String, String>>,
    pub mounts: Option<Vec<NativeMount>>,
    pub workspace: Option<String>,
}

impl NativeEngineOptions {
    /// The options as the core takes them.
    pub fn into_core(self) -> Result<EngineOptions> {
        let defaults = EngineOptions::default();
        let environment = self.environment.map_or(defaults.environment, Environment::of_variables);
        let tls =
            self.tls.unwrap_or(false).then_some(TlsOptions { ca: self.ca, cert: self.cert, key: self.key });
        let timeout = self.timeout.map(|timeout| milliseconds("engine.timeout", timeout)).transpose()?;
        let timeout = timeout.unwrap_or(defaults.timeout);
        Ok(EngineOptions { host: self.host, tls, timeout, environment })
    }
}

impl NativeOptions {
    /// The options as the core takes them.
    pub fn into_core(self) -> Result<Options> {
        let defaults = match self.profile {
            Some(name) => options_of(profile(&name)?),
            None => Options::default(),
        };
        let or_size = |option, given: Option<Either<f64, String>>, default| {
            given.map_or(Ok(default), |given| size(option, given))
        };
        let or_time = |option, given: Option<f64>, default| {
            given.map_or(Ok(default), |given| milliseconds(option, given))
        };
        let memory = or_size("memory", self.memory, defaults.memory)?;
        // The profile's own shrink if the sandbox has less memory.
        let mut tmpfs: BTreeMap<_, _> =
            defaults.tmpfs.into_iter().map(|(path, size)| (path, size.min(memory / 4))).collect();
        for (path, limit) in self.tmpfs.unwrap_or_default() {
            tmpfs.insert(path, size("tmpfs", limit)?);
        }
        Ok(Options {
            profile: defaults.profile,
            lifetime: defaults.lifetime,
            engine: self.engine.unwrap_or_default().into_core()?,
            data_dir: self.data_dir.map_or(defaults.data_dir, PathBuf::from),
            image: self.image.unwrap_or(defaults.image),
            on_image_change: self
                .on_image_change
                .map_or(Ok(defaults.on_image_change), |name| on_image_change(&name))?,
            memory,
            cpus: self.cpus.unwrap_or(defaults.cpus),
            pids: self.pids.map_or(Ok(defaults.pids), |pids| whole("pids", pids))?,
            disk: self.disk.map_or(Ok(defaults.disk), disk)?,
            timeout: or_time("timeout", self.timeout, defaults.timeout)?,
            max_timeout: or_time("maxTimeout", self.max_timeout, defaults.max_timeout)?,
            stop_timeout: self
                .stop_timeout
                .map_or(Ok(defaults.stop_timeout), |time| milliseconds_or_none("stopTimeout", time))?,
            output_limit: or_size("outputLimit", self.output_limit, defaults.output_limit)?,
            network: self.network.map_or(Ok(defaults.network), |name| network(&name))?,
            host: self.host.map_or(Ok(defaults.host), |name| host(&name))?,
            dns: self.dns.unwrap_or_default(),
            read_only: self.read_only.unwrap_or(defaults.read_only),
            tmpfs,
            shm_size: self.shm_size.map(|given| size("shmSize", given)).transpose()?,
            ulimits: ulimits(self.ulimits.unwrap_or_default())?,
            user: self.user.map_or(Ok(defaults.user), |name| user(&name))?,
            env: self.env.unwrap_or_default().into_iter().collect(),
            runtime: self.runtime,
            labels: self.labels.unwrap_or_default().into_iter().collect(),
            mounts: self.mounts.unwrap_or_default().into_iter().map(mount).collect::<Result<_>>()?,
            workspace: self.workspace.map_or(Ok(defaults.workspace), |name| workspace(&name))?,
            workspace_dir: None,
        })
    }
}

fn ulimits(given: HashMap<String, NativeUlimit>) -> Result<BTreeMap<String, Ulimit>> {
    // Of negative numbers, the core accepts -1 alone.
    let number = |value: f64| {
        if value < 0.0 {
            return whole("ulimits", -value).map(|number| -i64::from(number));
        }
        size("ulimits", Either::A(value)).map(|limit| i64::try_from(limit).unwrap_or(i64::MAX))
    };
    let limits = given.into_iter().map(|(name, NativeUlimit { soft, hard })| {
        Ok((name, Ulimit { soft: number(soft)?, hard: number(hard)? }))
    });
    limits.collect()
}

fn disk(given: Either<f64, String>) -> Result<Option<u64>> {
    match given {
        Either::B(text) if text == "unlimited" => Ok(None),
        given => size("disk", given).map(Some),
    }
}

fn profile(name: &str) -> Result<Profile> {
    match name {
        "conversation" => Ok(Profile::Conversation),
        "session" => Ok(Profile::Session),
        "task" => Ok(Profile::Task),
        _ => Err(Error::invalid(
            "profile",
            format!("profile must be 'conversation', 'session' or 'task', not {name:?}"),
        )),
    }
}

fn on_image_change(name: &str) -> Result<OnImageChange> {
    match name {
        "keep" => Ok(OnImageChange::Keep),
        "replace" => Ok(OnImageChange::Replace),
        _ => Err(Error::invalid(
            "onImageChange",
            format!("onImageChange must be 'keep' or 'replace', not {name:?}"),
        )),
    }
}

fn network(name: &str) -> Result<Network> {
    match name {
        "enabled" => Ok(Network::Enabled),
        "none" => Ok(Network::None),
        _ => Err(Error::invalid("network", format!("network must be 'enabled' or 'none', not {name:?}"))),
    }
}

fn host(name: &str) -> Result<HostAccess> {
    match name {
        "deny" => Ok(HostAccess::Deny),
        "allow" => Ok(HostAccess::Allow),
        _ => Err(Error::invalid("host", format!("host must be 'deny' or 'allow', not {name:?}"))),
    }
}

fn workspace(name: &str) -> Result<WorkspaceOption> {
    match name {
        "auto" => Ok(WorkspaceOption::Auto),
        "bind" => Ok(WorkspaceOption::Bind),
        "volume" => Ok(WorkspaceOption::Volume),
        _ => Err(Error::invalid(
            "workspace",
            format!("workspace must be 'auto', 'bind' or 'volume', not {name:?}"),
        )),
    }
}

fn user(name: &str) -> Result<User> {
    let user = match (name, name.split_once(':')) {
        ("auto", _) => Some(User::Auto),
        ("unique", _) => Some(User::Unique(None)),
        (_, Some(("unique", range))) => UserRange::parse(range).map(|range| User::Unique(Some(range))),
        (_, Some((uid, gid))) => {
            uid.parse().ok().zip(gid.parse().ok()).map(|(uid, gid)| User::Ids(Ids { uid, gid }))
        }
        _ => None,
    };
    user.ok_or_else(|| {
        let message =
            format!("user must be 'auto', 'uid:gid', 'unique' or 'unique:FIRST-LAST', not {name:?}");
        Error::invalid("user", message)
    })
}

fn mount(mount: NativeMount) -> Result<MountOption> {
    let source = match mount.kind.as_str() {
        "bind" => MountSource::Bind(PathBuf::from(mount.source)),
        "volume" => MountSource::Volume(mount.source),
        kind => {
            return Err(Error::invalid(
                "mounts",
                format!("the type of a mount must be 'bind' or 'volume', not {kind:?}"),
            ));
        }
    };
    Ok(MountOption { source, target: mount.target, read_only: mount.read_only.unwrap_or(false) })
}
