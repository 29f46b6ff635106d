use serde_json::Value;

use crate::{
    docker::name,
    engine::{Engine, api::network, is_missing},
    error::{Code, Error, Result},
    label,
};

/// A network as the engine describes it, and its id.
pub struct Found {
    pub id: String,
    pub description: Value,
}

/// Finds a network by name, by id, or by an id that it had before it was isolated.
///
/// # Errors
/// `INVALID_ARGUMENT`; `NOT_FOUND`; those of any call.
pub async fn find(engine: &Engine, id: &str) -> Result<Found> {
    let id = name::network(id)?;
    match network::inspect(engine, id).await {
        Err(error) if is_missing(&error) => {
            let isolated = network::list(engine, Some(label::FORMER)).await?;
            match isolated.iter().find(|network| had_id(network, id)) {
                Some(network) => found(network::inspect(engine, &id_of(network)?).await?),
                None => Err(error),
            }
        }
        outcome => found(outcome?),
    }
}

/// The name servers for containers on a network, as set when it was created.
pub async fn name_servers(engine: &Engine, network: &str) -> Result<Vec<String>> {
    match find(engine, network).await {
        Ok(found) => {
            let servers = found.description["Labels"][label::DNS].as_str().unwrap_or_default();
            Ok(servers.split(',').filter(|server| !server.is_empty()).map(str::to_owned).collect())
        }
        // The engine's own error is better, when it creates the container.
        Err(error) if matches!(error.code(), Code::NotFound | Code::InvalidArgument) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The id in a network's description.
pub fn id_of(network: &Value) -> Result<String> {
    let id = network["Id"].as_str().map(str::to_owned);
    id.ok_or_else(|| Error::new(Code::EngineError, "the engine's description of a network has no Id"))
}

fn found(description: Value) -> Result<Found> {
    Ok(Found { id: id_of(&description)?, description })
}

fn had_id(network: &Value, id: &str) -> bool {
    let former = network["Labels"][label::FORMER].as_str();
    former.is_some_and(|ids| ids.split(',').any(|former| former == id))
}
