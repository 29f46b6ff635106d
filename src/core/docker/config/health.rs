use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    given::Words,
    limits::whole,
    nulls::without_nulls,
    time::{NANOSECONDS, milliseconds},
};
use crate::error::{Error, Result};

/// How the engine checks whether a container works.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct HealthCheck {
    command: Option<Words>,
    disabled: bool,
    interval: Option<f64>,
    timeout: Option<f64>,
    start_period: Option<f64>,
    retries: Option<f64>,
}

impl HealthCheck {
    /// The check as the engine takes it.
    pub fn body(&self) -> Result<Value> {
        let test = match (&self.command, self.disabled) {
            (Some(_), true) => {
                let message = "healthCheck: a check that is disabled takes no command";
                return Err(Error::invalid("healthCheck", message));
            }
            (None, true) => Some(vec!["NONE".to_owned()]),
            // With the engine's own shell, as in a Dockerfile.
            (Some(Words::Line(line)), false) => Some(vec!["CMD-SHELL".to_owned(), line.clone()]),
            (Some(Words::Words(words)), false) => Some([&["CMD".to_owned()], words.as_slice()].concat()),
            (None, false) => None,
        };
        let time = |field, given: Option<f64>| milliseconds("healthCheck", field, given, NANOSECONDS);
        Ok(without_nulls(json!({
            "Test": test,
            "Interval": time("interval", self.interval)?,
            "Timeout": time("timeout", self.timeout)?,
            "StartPeriod": time("startPeriod", self.start_period)?,
            "Retries": whole("healthCheck", self.retries, 1, 1000)?,
        })))
    }
}
