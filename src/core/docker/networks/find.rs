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

/// A network for a container to join.
pub struct ToJoin {
    /// Its name. A container that names an id instead keeps that as its network mode: newer engines look it up when the
    /// container is connected to any network, and fail once the network was replaced. It is the id only if the name means
    /// several networks.
    pub name: String,
    /// The name servers for its containers, as set when it was created.
    pub dns: Vec<String>,
}

/// A network for a container to join, given as for [`find`]; `None` if it does not exist: the engine's own error is better,
/// when it creates the container.
pub async fn to_join(engine: &Engine, network: &str) -> Result<Option<ToJoin>> {
    let found = match find(engine, network).await {
        Ok(found) => found,
        Err(error) if matches!(error.code(), Code::NotFound | Code::InvalidArgument) => return Ok(None),
        Err(error) => return Err(error),
    };
    let servers = found.description["Labels"][label::DNS].as_str().unwrap_or_default();
    let dns = servers.split(',').filter(|server| !server.is_empty()).map(str::to_owned).collect();
    let name = found.description["Name"].as_str().unwrap_or_default();
    // Older engines allow several networks with one name.
    let is_unique = name == network
        || network::inspect(engine, name).await.is_ok_and(|named| named["Id"] == found.id.as_str());
    Ok(Some(ToJoin { name: if is_unique { name.to_owned() } else { found.id.clone() }, dns }))
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
