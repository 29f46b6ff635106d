//! Images without a name, and volumes and networks without a container.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Engine,
    api::{container, image, network, volume},
    is_missing,
};
use crate::error::{Code, Error, Result};

/// Something on an engine that no container uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// The engine's identifier: the id of an image or network, the name of a volume.
    pub id: String,
    /// Its name, for messages.
    pub name: String,
    /// How long it has existed; zero if the engine does not say.
    pub age: Duration,
}

impl Engine {
    /// Images without a name whose last build step sets this label. Images built on top of such an image only inherit
    /// the label.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unused_images(&self, label: &str) -> Result<Vec<Unused>> {
        let images: Value = image::list(self, false, Some(dangling(label))).await?.json()?;
        let mut unused = Vec::new();
        for image in images.as_array().into_iter().flatten() {
            let (Some(id), Some(created)) = (image["Id"].as_str(), image["Created"].as_u64()) else {
                continue;
            };
            if sets_label_last(self, id, label).await? {
                let age = since(SystemTime::UNIX_EPOCH + Duration::from_secs(created));
                unused.push(Unused { id: id.to_owned(), name: id.to_owned(), age });
            }
        }
        Ok(unused)
    }

    /// Volumes with this label that no container uses, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unused_volumes(&self, label: &str) -> Result<Vec<Unused>> {
        let volumes: Value = volume::list(self, Some(dangling(label))).await?.json()?;
        let unused = |volume: &Value| {
            let id = volume["Name"].as_str()?.to_owned();
            Some(Unused { name: id.clone(), id, age: age(&volume["CreatedAt"]) })
        };
        Ok(volumes["Volumes"].as_array().into_iter().flatten().filter_map(unused).collect())
    }

    /// Networks with this label that are at least `old` and that no container uses, running or not.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn unused_networks(&self, label: &str, old: Duration) -> Result<Vec<Unused>> {
        let mut unused = Vec::new();
        for network in network::list(self, Some(label)).await? {
            let (Some(id), Some(name)) = (network["Id"].as_str(), network["Name"].as_str()) else { continue };
            let age = age(&network["Created"]);
            if age >= old && !has_containers(self, id, name).await? {
                unused.push(Unused { id: id.to_owned(), name: name.to_owned(), age });
            }
        }
        Ok(unused)
    }

    /// Removes an image; `false` if a container uses it or it does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_unused_image(&self, id: &str) -> Result<bool> {
        unless_in_use(image::remove(self, id, false).await)
    }

    /// Removes a volume; `false` if a container uses it or it does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_unused_volume(&self, name: &str) -> Result<bool> {
        unless_in_use(volume::remove(self, name, false).await)
    }

    /// Removes a network; `false` if a container uses it or it does not exist.
    ///
    /// # Errors
    /// Those of any call.
    pub async fn remove_unused_network(&self, id: &str) -> Result<bool> {
        unless_in_use(network::remove(self, id).await)
    }
}

fn dangling(label: &str) -> String {
    json!({ "dangling": ["true"], "label": [label] }).to_string()
}

/// The engine refuses to remove what is in use, so this does not have to check.
fn unless_in_use(outcome: Result<bool>) -> Result<bool> {
    match outcome {
        Err(error) if is_in_use(&error) => Ok(false),
        outcome => outcome,
    }
}

/// Engines answer 403 for networks with members.
fn is_in_use(error: &Error) -> bool {
    error.code() == Code::Conflict || error.details().get("status").is_some_and(|status| status == 403)
}

/// Also `false` if the image no longer exists.
async fn sets_label_last(engine: &Engine, id: &str, label: &str) -> Result<bool> {
    let history = match image::history(engine, id).await {
        Ok(history) => history,
        Err(error) if is_missing(&error) => return Ok(false),
        Err(error) => return Err(error),
    };
    let step = history[0]["CreatedBy"].as_str().unwrap_or_default();
    Ok(step.contains(&format!("LABEL {label}=")))
}

/// A network itself lists only its running containers. One that never ran refers to it as it was created: by id or name.
async fn has_containers(engine: &Engine, id: &str, name: &str) -> Result<bool> {
    let filters = json!({ "network": [id, name] }).to_string();
    let containers: Value = container::list(engine, true, Some(filters)).await?.json()?;
    Ok(containers.as_array().is_none_or(|containers| !containers.is_empty()))
}

/// The age of something created at this time, in RFC 3339.
fn age(created: &Value) -> Duration {
    let time = created.as_str().and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    time.map_or(Duration::ZERO, |time| since(time.into()))
}

/// Zero for a time in the future, so that a clock that was set back makes nothing look old.
fn since(time: SystemTime) -> Duration {
    time.elapsed().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creation_times_are_parsed() {
        for text in ["2020-01-02T03:04:05Z", "2020-01-02T03:04:05.678901234+02:00"] {
            assert!(age(&json!(text)) > Duration::from_hours(24 * 365), "{text}");
        }
        // An unreadable or future time is not old.
        for value in [json!("yesterday"), json!("9000-01-01T00:00:00Z"), Value::Null] {
            assert_eq!(age(&value), Duration::ZERO, "{value}");
        }
    }
}
