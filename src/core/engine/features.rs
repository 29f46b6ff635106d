use super::{Engine, api::system, doctor::facts::Info};
use crate::error::Result;

/// What an engine can do that sandboxes make use of if they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about an engine")]
pub struct Features {
    /// Whether containers with its default runtime take sysctls of their IPC namespace.
    pub sysctls: bool,
    /// Whether its containers have their own user ids: a user namespace, which usually has 65,536.
    pub user_namespace: bool,
    /// Whether it is Podman, which takes a seccomp profile only as a file, and takes no notice of some of Docker's settings.
    pub podman: bool,
    /// Whether signals still reach processes if it sets `no_new_privs` for a container. With AppArmor, Podman's profile then
    /// applies on top of the program's own, and lets no signal through.
    pub no_new_privileges: bool,
    /// Whether it labels files for SELinux: a container can't use a directory of the host without a label.
    pub selinux: bool,
}

impl Features {
    /// Those that the engine's description shows.
    pub(in crate::engine) fn of(info: &Info) -> Self {
        let runtime = info.default_runtime.as_deref().unwrap_or_default();
        let has = |feature| info.security(feature).is_some();
        // Older kernels let nobody but the host's root write them.
        let own_users = has("rootless") || has("userns");
        Self {
            sysctls: matches!(runtime, "runc" | "crun") && !own_users,
            user_namespace: own_users,
            podman: info.is_podman(),
            no_new_privileges: !(info.is_podman() && has("apparmor")),
            selinux: has("selinux"),
        }
    }
}

impl Engine {
    /// Asks the engine what it can do.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn features(&self) -> Result<Features> {
        Ok(Features::of(&system::info(self).await?.json()?))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::engine::testing::{ANSWERS, spoilt};

    fn features(info: Value) -> Features {
        Features::of(&serde_json::from_value(info).unwrap())
    }

    #[test]
    fn only_a_rootful_runc_or_crun_is_known_to_take_sysctls() {
        let sysctls = |runtime: &str, security: &[&str]| {
            features(json!({ "DefaultRuntime": runtime, "SecurityOptions": security })).sysctls
        };
        assert!(sysctls("runc", &["name=seccomp,profile=default"]));
        assert!(!sysctls("runsc", &[]));
        assert!(!sysctls("runc", &["name=seccomp,profile=default", "name=rootless"]));
        assert!(!sysctls("runc", &["name=userns"]));
    }

    #[test]
    fn podman_takes_a_profile_as_a_file_and_no_new_privileges_only_without_apparmor() {
        let of = |security: &[&str], podman: bool| {
            let version = if podman { json!("1.28.2") } else { Value::Null };
            features(json!({ "SecurityOptions": security, "BuildahVersion": version }))
        };
        for security in [&["name=seccomp", "name=apparmor"][..], &["name=seccomp"], &[]] {
            let docker = of(security, false);
            assert!(!docker.podman && docker.no_new_privileges, "{security:?}");
            assert!(of(security, true).podman, "{security:?}");
        }
        assert!(of(&["name=seccomp"], true).no_new_privileges);
        assert!(!of(&["name=seccomp", "name=apparmor"], true).no_new_privileges);
        assert!(of(&["name=selinux"], true).selinux && !of(&["name=seccomp"], true).selinux);
    }

    #[test]
    fn real_engines_are_known_and_no_field_of_their_descriptions_is_needed() {
        for answers in &ANSWERS {
            let info: Value = serde_json::from_str(answers.info).unwrap();
            let is_docker = answers.engine.starts_with("docker");
            assert_eq!(features(info.clone()).podman, !is_docker, "{}", answers.engine);
            for changed in spoilt(&info) {
                let changed = features(changed);
                assert!(!(is_docker && changed.podman), "{}", answers.engine);
            }
        }
    }
}
