use cofferdam_protocol::layout;

use super::failure::Failure;
use crate::{
    config::user::unmapped,
    engine::{Engine, container::State},
    error::{Code, Error},
    site::Definition,
};

/// Adds the runtime's reason, if the engine's message does not contain it.
fn with_reason(error: Error, reason: &str) -> Error {
    if reason.is_empty() || error.message().contains(reason) {
        return error;
    }
    error.detail("runtimeError", reason)
}

/// Finds out why a container does not start or its agent does not answer, and repairs what can be repaired.
pub async fn diagnose(definition: &Definition, engine: &Engine, container: &str, error: Error) -> Failure {
    if matches!(error.code(), Code::Timeout | Code::EngineUnreachable | Code::EnginePermissionDenied) {
        return error.into();
    }
    match engine.find_container(container).await {
        Ok(Some(found)) if found.state == State::Paused => Failure::Again(error),
        Ok(Some(found)) if found.exit_code == Some(layout::NO_SUCH_USER.into()) => {
            let wanted = definition.options.user.common();
            let wanted =
                wanted.map_or("the sandbox's own".to_owned(), |ids| format!("{}:{}", ids.uid, ids.gid));
            unmapped(&wanted).into()
        }
        // Somebody removed it between two steps.
        Ok(None) => Failure::Again(error),
        Ok(Some(found)) => {
            let error = with_reason(error, &found.failure);
            match definition.site.installer.repair(engine, &definition.options.image).await {
                // The agent's volume was repaired, just now or by another process a moment ago.
                Ok(_) => Failure::Again(error.detail("exitCode", found.exit_code)),
                Err(_) => Failure::Final(error),
            }
        }
        Err(_) => Failure::Final(error),
    }
}
