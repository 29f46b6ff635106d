//! Reading an engine's answers. Engines and their versions differ in words and types, and no call may fail for a field that
//! it does not need: one that is missing or of another type counts as not given.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;

use crate::error::{Code, Error, Result};

/// A text; empty if there is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A whole number. Some engines write them as text.
pub fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The texts in a list.
pub fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The texts in an object, such as labels.
pub fn pairs(value: &Value) -> HashMap<String, String> {
    let pair = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    value.as_object().into_iter().flatten().filter_map(pair).collect()
}

/// The id in a description: without it, nothing can be done with what was described.
///
/// # Errors
/// `ENGINE_ERROR` if there is none.
pub fn id(description: &Value) -> Result<String> {
    let id = description["Id"].as_str().filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| Error::new(Code::EngineError, "the engine's answer has no field Id"))
}

/// For `deserialize_with`: the default instead of a value of another type.
///
/// # Errors
/// If the answer is not JSON.
pub fn lenient<'de, D, T>(deserializer: D) -> std::result::Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_of_another_type_is_not_given() {
        for other in [json!(null), json!({}), json!([]), json!(true), json!(1.5), json!("x")] {
            assert_eq!(number(&other), None, "{other}");
            assert!(texts(&other).is_empty() && pairs(&other).is_empty(), "{other}");
        }
        assert_eq!(number(&json!("-7")), Some(-7));
        assert_eq!(texts(&json!(["a", 1, null, "b"])), ["a", "b"]);
        assert_eq!(pairs(&json!({ "a": "1", "b": 2 })), HashMap::from([("a".to_owned(), "1".to_owned())]));
    }

    #[test]
    fn an_id_is_required() {
        for none in [json!(null), json!({}), json!({ "Id": "" }), json!({ "Id": 7 }), json!([])] {
            assert_eq!(id(&none).unwrap_err().code(), Code::EngineError, "{none}");
        }
        assert_eq!(id(&json!({ "Id": "abc" })).unwrap(), "abc");
    }
}
