use serde_json::{Value, json};

use crate::error::{Error, Result};

/// A resource limit of processes (`ulimit`) as the engine takes it: a number for both limits, or a soft and a hard one. -1 means
/// unlimited.
pub fn ulimit(name: &str, given: &Value) -> Result<Value> {
    let wrong = || {
        let expected = "a whole number, -1 for unlimited, or { soft, hard }";
        Error::invalid("ulimits", format!("ulimits.{name} must be {expected}, not {given}"))
    };
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let message = format!("ulimits: {name:?} is not the name of a limit such as 'nofile'");
        return Err(Error::invalid("ulimits", message));
    }
    let number = |value: &Value| value.as_i64().filter(|number| *number >= -1);
    let (soft, hard) = match given {
        Value::Object(both) if both.len() == 2 => {
            (both.get("soft").and_then(number), both.get("hard").and_then(number))
        }
        one => (number(one), number(one)),
    };
    let (soft, hard) = soft.zip(hard).ok_or_else(wrong)?;
    if hard != -1 && (soft == -1 || soft > hard) {
        return Err(wrong());
    }
    Ok(json!({ "Name": name, "Soft": soft, "Hard": hard }))
}
