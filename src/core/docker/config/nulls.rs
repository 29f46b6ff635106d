use serde_json::Value;

use crate::error::{Error, Result};

/// Removes the fields that are null: the engine then applies its own defaults.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        value => value,
    }
}

/// Checks that no field is null: a limit that is null would be no limit.
///
/// # Errors
/// `INVALID_ARGUMENT`, naming the field.
pub fn no_nulls(at: &str, value: &Value) -> Result<()> {
    match value {
        Value::Null => Err(Error::invalid("config", format!("{at} must not be null"))),
        Value::Object(map) => {
            map.iter().try_for_each(|(name, value)| no_nulls(&format!("{at}.{name}"), value))
        }
        Value::Array(all) => all.iter().try_for_each(|value| no_nulls(at, value)),
        _ => Ok(()),
    }
}
