use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Defaults,
    limits::Limits,
    nulls::{no_nulls, without_nulls},
    restart::Restart,
};
use crate::error::{Error, Result};

/// What may be changed in an existing container; see `ContainerUpdate` in index.d.ts.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Update {
    resource_limits: Limits,
    restart_policy: Option<Restart>,
}

/// The body of the request that changes a container. What is not given stays as it is.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the field and what it allows.
pub fn update(json: &str) -> Result<Value> {
    let wrong = |error: serde_json::Error| Error::invalid("config", format!("config: {error}"));
    let value: Value = serde_json::from_str(json).map_err(wrong)?;
    no_nulls("config", &value)?;
    let given = Update::deserialize(value).map_err(wrong)?;
    let limits = given.resource_limits.checked(&Defaults::default())?;
    if limits.disk.is_some() {
        return Err(Error::invalid("disk", "disk can't be changed in an existing container"));
    }
    Ok(without_nulls(json!({
        "Memory": limits.memory,
        // As for a new container: no swap is added to the memory.
        "MemorySwap": limits.memory,
        "NanoCpus": limits.nano_cpus,
        "CpuShares": limits.cpu_shares,
        "PidsLimit": limits.pids,
        "BlkioWeight": limits.blkio_weight,
        "RestartPolicy": given.restart_policy.as_ref().map(|policy| policy.body(false)).transpose()?,
    })))
}
