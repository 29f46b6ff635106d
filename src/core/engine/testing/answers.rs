//! Answers of real engines, recorded word for word.

use serde_json::Value;

/// The answers of one engine, about itself and about one container: it ran, and was then killed.
pub struct Answers {
    /// The product and its version.
    pub engine: &'static str,
    pub version: &'static str,
    pub info: &'static str,
    pub running: &'static str,
    pub ended: &'static str,
    pub list: &'static str,
    pub list_ended: &'static str,
}

macro_rules! recorded {
    ($engine:literal) => {
        Answers {
            engine: $engine,
            version: include_str!(concat!("answers/", $engine, "-version.json")),
            info: include_str!(concat!("answers/", $engine, "-info.json")),
            running: include_str!(concat!("answers/", $engine, "-running.json")),
            ended: include_str!(concat!("answers/", $engine, "-ended.json")),
            list: include_str!(concat!("answers/", $engine, "-list.json")),
            list_ended: include_str!(concat!("answers/", $engine, "-list-ended.json")),
        }
    };
}

pub const ANSWERS: [Answers; 2] = [recorded!("docker-20.10.24"), recorded!("podman-4.3.1")];

/// Every answer that differs from this one in a single place: a value is missing, or is of another type.
pub fn spoilt(answer: &Value) -> Vec<Value> {
    let mut pointers = Vec::new();
    collect(answer, String::new(), &mut pointers);
    let mut spoilt = Vec::new();
    for pointer in pointers {
        for other in
            [Value::Null, 7.into(), "unheard-of".into(), true.into(), Value::Array(vec![Value::Null])]
        {
            let mut changed = answer.clone();
            if let Some(place) = changed.pointer_mut(&pointer) {
                *place = other;
                spoilt.push(changed);
            }
        }
    }
    spoilt
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, format!("{pointer}/{}", escape(name)), pointers);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{index}"), pointers);
            }
        }
        _ => {}
    }
    if !pointer.is_empty() {
        pointers.push(pointer);
    }
}
