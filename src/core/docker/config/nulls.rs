use serde_json::Value;

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
