//! What nobody uses: images without a name, volumes and networks without a container.

use std::time::{Duration, SystemTime};

use hyper::Method;
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Engine,
    http::{Request, parse, segment},
};
use crate::error::{Code, Error, Result};

/// Something on an engine that no container uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// What the engine knows it by: an image's or network's id, a volume's name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// How long it has been there; nothing when the engine does not say.
    pub age: Duration,
}

impl Engine {
    /// Images that have no name any more and whose last step sets this label: what others have built on such an image has
    /// inherited the label.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unused_images(&self, label: &str) -> Result<Vec<Unused>> {
        let filters = json!({ "dangling": ["true"], "label": [label] });
        let images = self.listed("list images", "/images/json", &filters).await?;
        let mut unused = Vec::new();
        for image in images.as_array().into_iter().flatten() {
            let (Some(id), Some(created)) = (image["Id"].as_str(), image["Created"].as_u64()) else {
                continue;
            };
            if self.sets_label_last(id, label).await? {
                let age = since(SystemTime::UNIX_EPOCH + Duration::from_secs(created));
                unused.push(Unused { id: id.to_owned(), name: id.to_owned(), age });
            }
        }
        Ok(unused)
    }

    /// Volumes that have this label and no container, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unused_volumes(&self, label: &str) -> Result<Vec<Unused>> {
        let filters = json!({ "dangling": ["true"], "label": [label] });
        let volumes = self.listed("list volumes", "/volumes", &filters).await?;
        let unused = |volume: &Value| {
            let id = volume["Name"].as_str()?.to_owned();
            Some(Unused { name: id.clone(), id, age: age(&volume["CreatedAt"]) })
        };
        Ok(volumes["Volumes"].as_array().into_iter().flatten().filter_map(unused).collect())
    }

    /// Networks that have this label, have been there for so long, and have no container, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unused_networks(&self, label: &str, old: Duration) -> Result<Vec<Unused>> {
        let networks = self.listed("list networks", "/networks", &json!({ "label": [label] })).await?;
        let mut unused = Vec::new();
        for network in networks.as_array().into_iter().flatten() {
            let (Some(id), Some(name)) = (network["Id"].as_str(), network["Name"].as_str()) else { continue };
            let age = age(&network["Created"]);
            if age >= old && !self.has_containers(id, name).await? {
                unused.push(Unused { id: id.to_owned(), name: name.to_owned(), age });
            }
        }
        Ok(unused)
    }

    /// Removes an image that no container is made of; `false` when one is, or when it is gone.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_unused_image(&self, id: &str) -> Result<bool> {
        self.remove_unused("remove an image", format!("/images/{}", segment(id))).await
    }

    /// Removes a volume that no container has; `false` when one has, or when it is gone.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_unused_volume(&self, name: &str) -> Result<bool> {
        self.remove_unused("remove a volume", format!("/volumes/{}", segment(name))).await
    }

    /// Removes a network that no container is on; `false` when one is, or when it is gone.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_unused_network(&self, id: &str) -> Result<bool> {
        self.remove_unused("remove a network", format!("/networks/{}", segment(id))).await
    }

    /// The engine itself refuses what is in use, so nothing can come between the look and the removal.
    async fn remove_unused(&self, what: &'static str, path: String) -> Result<bool> {
        match self.ask(Request::new(what, Method::DELETE, path).long()).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Code::NotFound || is_in_use(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// `false` as well for an image that is gone meanwhile.
    async fn sets_label_last(&self, id: &str, label: &str) -> Result<bool> {
        let request =
            Request::new("read an image's history", Method::GET, format!("/images/{}/history", segment(id)));
        let history = match self.ask(request).await {
            Ok(answer) => parse(&answer.body)?,
            Err(error) if error.code() == Code::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let step = history[0]["CreatedBy"].as_str().unwrap_or_default();
        Ok(step.contains(&format!("LABEL {label}=")))
    }

    /// A network's own list has only those that run; those that never ran know it by what they were made with.
    async fn has_containers(&self, id: &str, name: &str) -> Result<bool> {
        let request = Request::new("list containers", Method::GET, "/containers/json").query("all", true);
        let answer = self.ask(request.query("filters", json!({ "network": [id, name] }))).await?;
        Ok(parse(&answer.body)?.as_array().is_none_or(|containers| !containers.is_empty()))
    }

    async fn listed(&self, what: &'static str, path: &'static str, filters: &Value) -> Result<Value> {
        parse(&self.ask(Request::new(what, Method::GET, path).query("filters", filters)).await?.body)
    }
}

/// For networks with members, engines say 403.
fn is_in_use(error: &Error) -> bool {
    error.code() == Code::Conflict || error.details().get("status").is_some_and(|status| status == 403)
}

/// Of a time as engines write it.
fn age(written: &Value) -> Duration {
    let time = written.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    time.map_or(Duration::ZERO, |time| since(time.into()))
}

/// Zero for what lies ahead: a clock that was set back makes nothing old.
fn since(time: SystemTime) -> Duration {
    time.elapsed().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_engines_write_them() {
        for text in ["2020-01-02T03:04:05Z", "2020-01-02T03:04:05.678901234+02:00"] {
            assert!(age(&json!(text)) > Duration::from_hours(24 * 365), "{text}");
        }
        // What can't be read, or is yet to come, is not old.
        for value in [json!("yesterday"), json!("9000-01-01T00:00:00Z"), Value::Null] {
            assert_eq!(age(&value), Duration::ZERO, "{value}");
        }
    }
}
