//! Which seccomp profile sandboxes get.

use std::path::Path;

use tokio::task::spawn_blocking;

use super::{Problem, facts::Info};
use crate::engine::{Features, discovery::address::Address};

/// Whether sandboxes get our profile. An engine that takes one only as a file must share our file system: then the
/// directory of its data is here, too. Sandboxes find out by trying.
pub async fn takes_own_profile(address: &Address, info: &Info) -> bool {
    if !Features::of(info).podman {
        return true;
    }
    match (address, &info.docker_root_dir) {
        (Address::Socket(_), Some(root)) => {
            let root = root.clone();
            spawn_blocking(move || Path::new(&root).exists()).await.unwrap_or(false)
        }
        _ => false,
    }
}

/// The problem with the engine's own profile.
pub fn problem(own_profile: bool) -> Option<Problem> {
    (!own_profile).then(|| {
        Problem::warning(
            "sandboxes get the engine's own seccomp profile, which allows more than cofferdam's: this engine takes a profile \
             only as a file, and does not see those of this process",
            "run this process on the engine's machine, outside of containers",
        )
    })
}
