use serde_json::{Value, json};

use super::{
    create::{NewNetwork, create, has_isolated_mode},
    find::{Found, find},
    members::{Member, members, reconnect, require_names},
    restore::restore,
};
use crate::{
    docker::Manager,
    engine::{Engine, api::network},
    error::{Code, Error, Result},
    label,
};

/// Cuts a network off from everything outside and returns its new id. The engine can only replace it: the new one gets
/// the same name and addresses, and its containers are reconnected with theirs. If that fails half-way, the old network
/// is restored.
///
/// # Errors
/// `NOT_FOUND`; `INVALID_ARGUMENT` if it is one of the engine's own networks or not a bridge; `CONFLICT` if a container could
/// not be reconnected, in which case nothing was changed; those of any call, with `details.restored` and `details.members`.
pub async fn isolate(manager: &Manager, id: &str) -> Result<String> {
    let engine = manager.engine().await?;
    let Found { id: old, description } = find(&engine, id).await?;
    if description["Internal"] == true {
        return Ok(old);
    }
    let name = text(&description, "Name")?;
    if description["Driver"] != "bridge" || matches!(name.as_str(), "bridge" | "host" | "none" | "podman") {
        let message = format!("only a bridge network that a user created can be isolated, not {name:?}");
        return Err(Error::invalid("networkId", message));
    }
    let subnet = text(&description["IPAM"]["Config"][0], "Subnet")?;
    let gateway = description["IPAM"]["Config"][0]["Gateway"].as_str();
    let members = members(&engine, &old).await?;
    require_names(&engine, &name, &members).await?;
    let replacement = NewNetwork {
        name,
        labels: with_former_id(description["Labels"].clone(), &old),
        internal: true,
        isolated_mode: has_isolated_mode(&engine).await?,
    };
    match replace(&engine, &old, &replacement, &subnet, gateway, &members).await {
        Ok(new) => Ok(new),
        Err(error) => {
            let restored = restore(&engine, &old, &description, &members).await;
            let ids: Vec<Value> = members.into_iter().map(|member| member.id.into()).collect();
            let error = error.detail("restored", restored.is_ok()).detail("members", ids);
            Err(match restored {
                Ok(()) => error,
                Err(failure) => error.detail("restoreError", failure.message().to_owned()),
            })
        }
    }
}

async fn replace(
    engine: &Engine,
    old: &str,
    replacement: &NewNetwork,
    subnet: &str,
    gateway: Option<&str>,
    members: &[Member],
) -> Result<String> {
    for member in members {
        network::disconnect(engine, old, &member.id).await?;
    }
    network::remove(engine, old).await?;
    let new = create(engine, replacement, subnet, gateway).await?;
    reconnect(engine, &new, members).await?;
    Ok(new)
}

fn with_former_id(mut labels: Value, old: &str) -> Value {
    let former = labels[label::FORMER].as_str().filter(|ids| !ids.is_empty());
    let former = former.map_or_else(|| old.to_owned(), |ids| format!("{ids},{old}"));
    if !labels.is_object() {
        labels = json!({});
    }
    labels[label::FORMER] = json!(former);
    labels
}

fn text(value: &Value, name: &str) -> Result<String> {
    let found = value[name].as_str().map(str::to_owned);
    found.ok_or_else(|| {
        Error::new(Code::EngineError, format!("the engine's description of a network has no {name}"))
    })
}
