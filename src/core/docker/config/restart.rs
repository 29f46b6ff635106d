use serde::Deserialize;
use serde_json::{Value, json};

use super::limits::whole;
use crate::error::{Error, Result};

/// The most restarts that can be asked for: the engine counts in 32 bits on some machines.
const MAX_RETRIES: u32 = 2_147_483_647;

const NAMES: [&str; 4] = ["no", "always", "unless-stopped", "on-failure"];

/// When the engine restarts a container.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Restart {
    Name(String),
    Policy {
        #[serde(default)]
        name: String,
        #[serde(rename = "maximumRetryCount", default)]
        maximum_retry_count: f64,
    },
}

impl Restart {
    /// The policy as the engine takes it.
    pub fn body(&self, auto_remove: bool) -> Result<Value> {
        let wrong = |message: String| Err(Error::invalid("restartPolicy", message));
        let (name, retries) = match self {
            Self::Name(name) => (name, 0),
            Self::Policy { name, maximum_retry_count } => (
                name,
                whole("maximumRetryCount", Some(*maximum_retry_count), 0, MAX_RETRIES)?.unwrap_or_default(),
            ),
        };
        if !NAMES.contains(&name.as_str()) {
            return wrong(format!("restartPolicy must be one of {}, not {name:?}", NAMES.join(", ")));
        }
        if retries > 0 && name != "on-failure" {
            return wrong(format!("restartPolicy: maximumRetryCount requires on-failure, not {name:?}"));
        }
        if auto_remove && name != "no" {
            return wrong(format!("restartPolicy must be 'no' with autoRemove, not {name:?}"));
        }
        Ok(json!({ "Name": name, "MaximumRetryCount": retries }))
    }
}
