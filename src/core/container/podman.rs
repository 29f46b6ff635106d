//! Settings of a container that Podman takes no notice of, in the form in which it does.

use serde_json::{Map, Value};

use crate::{
    config::options::Options,
    error::{Code, Error, Result},
};

/// Refuses a runtime: Podman would start the container with its own, and say nothing.
///
/// # Errors
/// `ENGINE_UNSUPPORTED`.
pub fn refuse_runtime(options: &Options) -> Result<()> {
    let Some(runtime) = &options.runtime else { return Ok(()) };
    let message =
        format!("Podman can't be asked for the runtime {runtime}: it starts every container with its own");
    Err(Error::new(Code::EngineUnsupported, message)
        .hint("set the runtime in Podman's containers.conf and leave the option out")
        .detail("runtime", runtime.clone()))
}

/// Adapts the part of a request that describes the host's side.
pub fn adapt(host: &mut Value) {
    hide_paths(host);
    mount_in_memory(host);
}

/// Podman hides paths by a security option instead of by a list.
fn hide_paths(host: &mut Value) {
    let paths: Vec<&str> =
        host["MaskedPaths"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let option = format!("mask={}", paths.join(":"));
    if let Some(options) = host["SecurityOpt"].as_array_mut() {
        options.push(option.into());
    }
}

/// Podman lets programs be started from a tmpfs among the mounts, and copies into it what the image has there.
fn mount_in_memory(host: &mut Value) {
    let Some(mounts) = host["Mounts"].as_array_mut() else { return };
    let mut tmpfs = Map::new();
    mounts.retain(|mount| {
        if mount["Type"] != "tmpfs" {
            return true;
        }
        let (size, mode) =
            (&mount["TmpfsOptions"]["SizeBytes"], mount["TmpfsOptions"]["Mode"].as_u64().unwrap_or(0o700));
        let options = format!("rw,noexec,nosuid,nodev,notmpcopyup,size={size},mode={mode:o}");
        tmpfs.insert(mount["Target"].as_str().unwrap_or_default().to_owned(), options.into());
        false
    });
    host["Tmpfs"] = tmpfs.into();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hidden_paths_and_memory_are_asked_for_in_its_own_way() {
        let mut host = json!({
            "MaskedPaths": ["/proc/keys", "/sys/block"], "SecurityOpt": ["seccomp=/a"],
            "Mounts": [
                { "Type": "bind", "Source": "/a", "Target": "/workspace" },
                { "Type": "tmpfs", "Target": "/tmp", "TmpfsOptions": { "SizeBytes": 1024, "Mode": 0o1777 } },
            ],
        });
        adapt(&mut host);
        assert_eq!(host["SecurityOpt"], json!(["seccomp=/a", "mask=/proc/keys:/sys/block"]));
        assert_eq!(host["Mounts"], json!([{ "Type": "bind", "Source": "/a", "Target": "/workspace" }]));
        assert_eq!(
            host["Tmpfs"],
            json!({ "/tmp": "rw,noexec,nosuid,nodev,notmpcopyup,size=1024,mode=1777" })
        );
    }

    #[test]
    fn a_runtime_is_refused() {
        assert!(refuse_runtime(&Options::default()).is_ok());
        let error =
            refuse_runtime(&Options { runtime: Some("runsc".to_owned()), ..Options::default() }).unwrap_err();
        assert_eq!(error.code(), Code::EngineUnsupported);
    }
}
