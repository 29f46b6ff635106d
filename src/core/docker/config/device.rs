use serde::Deserialize;
use serde_json::{Value, json};

use super::check::absolute;
use crate::error::{Error, Result};

/// A device of the engine's machine: its path, or where it is to be found in the container.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Device {
    Path(String),
    Place(Place),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    source: String,
    target: Option<String>,
    permissions: Option<String>,
}

/// Graphics processors: all, a number of them, or those with these ids.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Gpus {
    All(String),
    Count(f64),
    Ids(Vec<String>),
}

impl Device {
    /// The device as the engine takes it.
    pub fn body(&self) -> Result<Value> {
        let (source, target, permissions) = match self {
            Self::Path(path) => (path, path, "rwm"),
            Self::Place(Place { source, target, permissions }) => {
                (source, target.as_ref().unwrap_or(source), permissions.as_deref().unwrap_or("rwm"))
            }
        };
        absolute("devices", Some(source))?;
        absolute("devices", Some(target))?;
        if permissions.is_empty() || !permissions.bytes().all(|byte| b"rwm".contains(&byte)) {
            let message = format!("devices: permissions must consist of r, w and m, not {permissions:?}");
            return Err(Error::invalid("devices", message));
        }
        Ok(json!({ "PathOnHost": source, "PathInContainer": target, "CgroupPermissions": permissions }))
    }
}

impl Gpus {
    /// The request as the engine takes it.
    pub fn body(&self) -> Result<Value> {
        let of = |count: i64, ids: &[String]| json!([{ "Count": count, "DeviceIDs": ids, "Capabilities": [["gpu"]] }]);
        match self {
            Self::All(all) if all == "all" => Ok(of(-1, &[])),
            #[expect(clippy::cast_possible_truncation, reason = "a whole number up to 1024")]
            Self::Count(count) if (1.0..=1024.0).contains(count) && count.fract() == 0.0 => {
                Ok(of(*count as i64, &[]))
            }
            Self::Ids(ids) if !ids.is_empty() => Ok(of(0, ids)),
            _ => {
                let message = "gpus must be 'all', a number from 1 to 1024, or an array of their ids";
                Err(Error::invalid("gpus", message))
            }
        }
    }
}
