//! Cutting a network off.

use hyper::Method;
use serde_json::{Value, json};

use super::calls::{Body, Member, create, disconnect, inspect, members, remove};

use crate::{
    docker::{Manager, text},
    engine::{
        Engine,
        http::{Request, segment},
    },
    error::{Error, Result},
    label,
};

impl Manager {
    /// Cuts a network off from everything outside; its new id. The engine can only make it anew: it gets the same name
    /// and addresses, and its containers are connected again with theirs. When that fails half-way, what was is
    /// made again as far as the engine lets.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call, with `details.restored`.
    pub async fn isolate_network(&self, id: &str) -> Result<String> {
        let engine = self.engine().await?;
        let network = self.network(&engine, id).await?;
        let old = text(&network, "Id")?;
        if network["Internal"] == true {
            return Ok(old);
        }
        if network["Driver"] != "bridge"
            || matches!(network["Name"].as_str(), Some("bridge" | "host" | "none"))
        {
            return Err(Error::invalid(
                "networkId",
                "only a bridge network that somebody made can be isolated",
            ));
        }
        let subnet = text(&network["IPAM"]["Config"][0], "Subnet")?;
        let gateway = network["IPAM"]["Config"][0]["Gateway"].as_str();
        let members = members(&engine, &old).await?;
        let mut labels = network["Labels"].clone();
        let former =
            labels[label::FORMER].as_str().filter(|ids| !ids.is_empty()).map(|ids| format!("{ids},{old}"));
        if !labels.is_object() {
            labels = json!({});
        }
        labels[label::FORMER] = json!(former.unwrap_or_else(|| old.clone()));
        let name = text(&network, "Name")?;
        let isolated =
            Body { name: name.clone(), labels, internal: true, isolated: self.isolates(&engine).await? };
        let change = async {
            for member in &members {
                disconnect(&engine, &old, &member.id).await?;
            }
            remove(&engine, &old).await?;
            let new = create(&engine, &isolated, &subnet, gateway).await?;
            reconnect(&engine, &new, &members).await?;
            Ok::<_, Error>(new)
        };
        match change.await {
            Ok(new) => Ok(new),
            Err(error) => {
                let before =
                    Body { name, labels: network["Labels"].clone(), internal: false, isolated: false };
                let restored = restore(&engine, &before, &old, &subnet, gateway, &members).await;
                Err(error.detail("restored", restored.is_ok()).detail(
                    "members",
                    members.iter().map(|member| Value::from(member.id.clone())).collect::<Vec<_>>(),
                ))
            }
        }
    }
}

async fn reconnect(engine: &Engine, network: &str, members: &[Member]) -> Result<()> {
    for member in members {
        let request = Request::new(
            "connect a container",
            Method::POST,
            format!("/networks/{}/connect", segment(network)),
        );
        let endpoint = json!({
            "IPAMConfig": member.address.as_ref().map(|address| json!({ "IPv4Address": address })),
            "Aliases": member.aliases,
        });
        match engine
            .ask(request.json(&json!({ "Container": member.id, "EndpointConfig": endpoint })).long())
            .await
        {
            Ok(_) => {}
            Err(error) if error.message().contains("already exists in network") => {}
            // It went meanwhile.
            Err(error) if engine.find_container(&member.id).await?.is_none() => drop(error),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Makes a network as it was, and connects its members again. The old one, if it is still there, is taken.
async fn restore(
    engine: &Engine,
    body: &Body,
    old: &str,
    subnet: &str,
    gateway: Option<&str>,
    members: &[Member],
) -> Result<()> {
    let id = match inspect(engine, old).await {
        Ok(_) => old.to_owned(),
        Err(_) => create(engine, body, subnet, gateway).await?,
    };
    reconnect(engine, &id, members).await
}
