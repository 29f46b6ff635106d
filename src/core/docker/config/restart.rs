use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};

const NAMES: [&str; 4] = ["no", "always", "unless-stopped", "on-failure"];

/// When the engine restarts a container.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Restart {
    Name(String),
    Policy {
        name: String,
        #[serde(rename = "maximumRetryCount", default)]
        maximum_retry_count: u32,
    },
}

impl Restart {
    /// The policy as the engine takes it.
    pub fn body(&self, auto_remove: bool) -> Result<Value> {
        let wrong = |message: String| Err(Error::invalid("restartPolicy", message));
        let (name, retries) = match self {
            Self::Name(name) => (name, 0),
            Self::Policy { name, maximum_retry_count } => (name, *maximum_retry_count),
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
