//! Calls about networks, for tasks' and for isolated ones.

use hyper::Method;
use serde_json::{Value, json};

use crate::{
    docker::{parse, text},
    engine::{
        Engine,
        http::{Request, segment},
    },
    error::{Code, Error, Result},
};

/// A container on a network.
#[derive(Debug, Clone)]
pub struct Member {
    pub id: String,
    pub address: Option<String>,
    pub aliases: Value,
}

/// A network to be made.
pub struct Body {
    pub name: String,
    pub labels: Value,
    pub internal: bool,
    pub isolated: bool,
}

pub async fn create(engine: &Engine, body: &Body, subnet: &str, gateway: Option<&str>) -> Result<String> {
    let mut range = json!({ "Subnet": subnet });
    if let Some(gateway) = gateway {
        range["Gateway"] = json!(gateway);
    }
    // Internal alone leaves the host's own addresses in reach, all of them: its containers have a route to the
    // gateway, which is the host. So it gets no address there.
    let options = match (body.internal, body.isolated) {
        (false, _) => json!({}),
        (true, true) => json!({ "com.docker.network.bridge.gateway_mode_ipv4": "isolated" }),
        (true, false) => json!({ "com.docker.network.bridge.inhibit_ipv4": "true" }),
    };
    let request = json!({
        "Name": body.name,
        "Driver": "bridge",
        "Internal": body.internal,
        "Labels": body.labels,
        "Options": options,
        "IPAM": { "Driver": "default", "Config": [range] },
    });
    let made = engine
        .ask(Request::new("create a network", Method::POST, "/networks/create").json(&request).long())
        .await;
    match made {
        Ok(answer) => text(&parse(&answer.body)?, "Id"),
        // Older engines say 403, newer ones 400.
        Err(error) if error.message().to_lowercase().contains("overlap") => {
            Err(Error::new(Code::Conflict, error.message().to_owned()).detail("subnet", subnet))
        }
        Err(error) => Err(error),
    }
}

pub async fn inspect(engine: &Engine, id: &str) -> Result<Value> {
    let path = format!("/networks/{}", segment(id));
    parse(&engine.ask(Request::new("inspect a network", Method::GET, path)).await?.body)
}

pub async fn list(engine: &Engine, label: &str) -> Result<Vec<Value>> {
    let request = Request::new("list networks", Method::GET, "/networks");
    let answer = engine.ask(request.query("filters", json!({ "label": [label] }))).await?;
    Ok(match parse(&answer.body)? {
        Value::Array(networks) => networks,
        _ => Vec::new(),
    })
}

pub async fn remove(engine: &Engine, id: &str) -> Result<bool> {
    let request =
        Request::new("remove a network", Method::DELETE, format!("/networks/{}", segment(id))).long();
    match engine.ask(request).await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Code::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

pub async fn disconnect(engine: &Engine, network: &str, member: &str) -> Result<bool> {
    let request = Request::new(
        "disconnect a container",
        Method::POST,
        format!("/networks/{}/disconnect", segment(network)),
    );
    match engine.ask(request.json(&json!({ "Container": member, "Force": true })).long()).await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Code::NotFound || error.message().contains("is not connected") => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// All containers on a network, also those that don't run: they could not start again on one that is gone.
pub async fn members(engine: &Engine, network: &str) -> Result<Vec<Member>> {
    let request = Request::new("list containers", Method::GET, "/containers/json").query("all", true);
    let answer = engine.ask(request.query("filters", json!({ "network": [network] }))).await?;
    let listed = parse(&answer.body)?;
    let mut members = Vec::new();
    for id in listed.as_array().into_iter().flatten().filter_map(|container| container["Id"].as_str()) {
        let path = format!("/containers/{}/json", segment(id));
        let container = match engine.ask(Request::new("inspect a container", Method::GET, path)).await {
            Ok(answer) => parse(&answer.body)?,
            Err(error) if error.code() == Code::NotFound => continue,
            Err(error) => return Err(error),
        };
        let endpoints = container["NetworkSettings"]["Networks"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(_, endpoint)| endpoint);
        let endpoint = endpoints.into_iter().find(|endpoint| endpoint["NetworkID"] == network);
        let Some(endpoint) = endpoint else { continue };
        let address = endpoint["IPAddress"].as_str().filter(|address| !address.is_empty());
        members.push(Member {
            id: id.to_owned(),
            address: address.map(str::to_owned),
            aliases: endpoint["Aliases"].clone(),
        });
    }
    Ok(members)
}
