//! The options that each profile starts from.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::unistd::{AccessFlags, access, geteuid};

use super::{
    lifetime::Lifetime,
    options::{Network, OnImageChange, Options, WorkspaceOption, stop_timeout},
    profile::Profile,
    user::User,
};
use crate::{engine::EngineOptions, firewall::HostAccess, hostfs::is_in_memory};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// The `conversation` profile.
impl Default for Options {
    fn default() -> Self {
        options_of(Profile::Conversation)
    }
}

/// The options of a sandbox for which nothing but its profile is given.
#[must_use]
pub fn options_of(profile: Profile) -> Options {
    let conversation = Options {
        profile,
        lifetime: Lifetime::Kept,
        engine: EngineOptions::default(),
        data_dir: PathBuf::from("./data/sandboxes"),
        image: "ai-sandbox:latest".to_owned(),
        on_image_change: OnImageChange::Keep,
        memory: 512 * MIB,
        cpus: 0.5,
        pids: 100,
        disk: None,
        timeout: Duration::from_secs(30),
        max_timeout: Duration::from_mins(5),
        stop_timeout: stop_timeout(),
        output_limit: 100 * 1024,
        network: Network::Enabled,
        host: HostAccess::Deny,
        dns: Vec::new(),
        read_only: false,
        tmpfs: BTreeMap::new(),
        shm_size: None,
        ulimits: BTreeMap::new(),
        user: User::Auto,
        env: BTreeMap::new(),
        runtime: None,
        labels: BTreeMap::new(),
        mounts: Vec::new(),
        workspace: WorkspaceOption::Auto,
        workspace_dir: None,
    };
    // On a read-only root file system, programs still need these two.
    let tmpfs = || BTreeMap::from([("/tmp".to_owned(), 50 * MIB), ("/run".to_owned(), 10 * MIB)]);
    match profile {
        Profile::Conversation => conversation,
        Profile::Session => Options {
            data_dir: PathBuf::from("./data/sessions"),
            cpus: 1.0,
            pids: 20,
            disk: Some(GIB),
            timeout: Duration::from_mins(5),
            network: Network::None,
            read_only: true,
            tmpfs: tmpfs(),
            ..conversation
        },
        Profile::Task => Options {
            lifetime: Lifetime::Tethered,
            data_dir: tasks_dir(),
            cpus: 2.0,
            pids: 32,
            disk: Some(GIB),
            network: Network::None,
            read_only: true,
            tmpfs: tmpfs(),
            ..conversation
        },
    }
}

/// Where tasks are by default: in a place that no other user can prepare, and on a disk, because what a task writes to memory
/// counts as memory. Directories for temporary files are neither.
fn tasks_dir() -> PathBuf {
    const SYSTEM: &str = "/var/lib";
    const NAME: &str = "cofferdam/tasks";
    let user_state = || {
        let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))
    };
    let state = if !geteuid().is_root() {
        user_state()
    } else if access(SYSTEM, AccessFlags::W_OK).is_ok() {
        Some(PathBuf::from(SYSTEM))
    } else {
        None
    };
    // A system without either, such as a container with a read-only root.
    state.map_or_else(
        || temporary(&std::env::temp_dir()).join(format!("cofferdam-tasks-{}", geteuid())),
        |state| state.join(NAME),
    )
}

/// The directory for temporary files that is on a disk, if there is one: many systems keep the usual one in memory, which is then
/// the containers' memory.
fn temporary(usual: &Path) -> PathBuf {
    let on_disk = Path::new("/var/tmp");
    let is_better = is_in_memory(usual) && on_disk.is_dir() && !is_in_memory(on_disk);
    if is_better { on_disk } else { usual }.to_owned()
}
