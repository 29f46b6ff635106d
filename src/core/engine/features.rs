use super::{Engine, api::system, doctor::facts::Info};
use crate::error::Result;

/// What an engine can do that sandboxes make use of if they can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// Whether containers with its default runtime take sysctls of their IPC namespace.
    pub sysctls: bool,
    /// Whether its containers have their own user ids: a user namespace, which usually has 65,536.
    pub user_namespace: bool,
}

impl Features {
    /// Those that the engine's description shows.
    fn of(info: &Info) -> Self {
        let runtime = info.default_runtime.as_deref().unwrap_or_default();
        // Older kernels let nobody but the host's root write them.
        let own_users = ["rootless", "userns"].iter().any(|feature| info.security(feature).is_some());
        Self { sysctls: matches!(runtime, "runc" | "crun") && !own_users, user_namespace: own_users }
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
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_rootful_runc_or_crun_is_known_to_take_sysctls() {
        let sysctls = |runtime: &str, security: &[&str]| {
            let info = json!({ "DefaultRuntime": runtime, "SecurityOptions": security });
            Features::of(&serde_json::from_value(info).unwrap()).sysctls
        };
        assert!(sysctls("runc", &["name=seccomp,profile=default"]));
        assert!(!sysctls("runsc", &[]));
        assert!(!sysctls("runc", &["name=seccomp,profile=default", "name=rootless"]));
        assert!(!sysctls("runc", &["name=userns"]));
    }
}
