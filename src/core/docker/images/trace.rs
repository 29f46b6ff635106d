//! The progress of BuildKit, as reports like those of the classic builder.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::engine::session::protobuf::Fields;

/// How many digits of a step's digest name it.
const SHORT: usize = 12;

/// How many parts of one report are read: an engine sends a few.
const MAX_PARTS: usize = 10_000;

/// Reads the reports of BuildKit.
#[derive(Default)]
pub struct Trace {
    /// The steps whose beginning was reported, and those whose end was.
    begun: HashSet<String>,
    ended: HashSet<String>,
}

impl Trace {
    /// The reports that a report of the engine stands for: itself, if it is none of BuildKit's own.
    pub fn read(&mut self, report: Value) -> Vec<Value> {
        if report["id"] != "moby.buildkit.trace" {
            return vec![report];
        }
        let message = report["aux"].as_str().and_then(|text| STANDARD.decode(text).ok()).unwrap_or_default();
        let parts = Fields(&message).flat_map(|(field, value)| match field {
            1 => self.step(value.bytes()),
            2 => vec![status(value.bytes())],
            3 => vec![output(value.bytes())],
            _ => Vec::new(),
        });
        parts.take(MAX_PARTS).collect()
    }

    /// The begin of a step, and its end if there is something to say.
    fn step(&mut self, step: &[u8]) -> Vec<Value> {
        let (mut digest, mut name, mut error) = (String::new(), String::new(), String::new());
        let (mut cached, mut started, mut completed) = (false, false, false);
        for (field, value) in Fields(step) {
            match field {
                1 => digest = value.text(),
                3 => name = value.text(),
                4 => cached = value.number() != 0,
                5 => started = true,
                6 => completed = true,
                7 => error = value.text(),
                _ => {}
            }
        }
        let mut reports = Vec::new();
        let id = short(&digest);
        if started && self.begun.insert(digest.clone()) {
            reports.push(json!({ "id": id, "status": "begun", "stream": format!("{name}\n") }));
        }
        if completed && self.ended.insert(digest) {
            let status = if !error.is_empty() {
                error.as_str()
            } else if cached {
                "cached"
            } else {
                "done"
            };
            reports.push(json!({ "id": id, "status": status }));
        }
        reports
    }
}

/// How far a part of a step is.
fn status(status: &[u8]) -> Value {
    let (mut id, mut name, mut current, mut total) = (String::new(), String::new(), 0, 0);
    for (field, value) in Fields(status) {
        match field {
            1 => id = value.text(),
            3 => name = value.text(),
            4 => current = value.number(),
            5 => total = value.number(),
            _ => {}
        }
    }
    let total = (total > 0).then_some(total);
    let status = if name.is_empty() { id.clone() } else { name };
    json!({ "id": id, "status": status, "progressDetail": { "current": current, "total": total } })
}

/// What a step has written.
fn output(log: &[u8]) -> Value {
    let (mut step, mut text) = (String::new(), String::new());
    for (field, value) in Fields(log) {
        match field {
            1 => step = value.text(),
            4 => text = value.text(),
            _ => {}
        }
    }
    json!({ "id": short(&step), "stream": text })
}

fn short(digest: &str) -> String {
    digest.strip_prefix("sha256:").unwrap_or(digest).chars().take(SHORT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::session::protobuf::{put_bytes, put_field};

    fn report(field: u64, part: &[u8]) -> Value {
        let mut message = Vec::new();
        put_bytes(&mut message, field, part);
        json!({ "id": "moby.buildkit.trace", "aux": STANDARD.encode(message) })
    }

    fn step(parts: &[(u64, &[u8])], cached: bool) -> Value {
        let mut message = Vec::new();
        for (field, bytes) in parts {
            put_bytes(&mut message, *field, bytes);
        }
        put_field(&mut message, 4, cached.into());
        report(1, &message)
    }

    #[test]
    fn each_step_begins_and_ends_once() {
        let mut trace = Trace::default();
        let digest: &[u8] = b"sha256:0123456789abcdef";
        assert!(trace.read(step(&[(1, digest), (3, b"RUN a")], false)).is_empty());
        let begun = step(&[(1, digest), (3, b"RUN a"), (5, b"")], false);
        let expected = json!({ "id": "0123456789ab", "status": "begun", "stream": "RUN a\n" });
        assert_eq!(trace.read(begun.clone()), [expected]);
        assert!(trace.read(begun).is_empty());
        let ended = step(&[(1, digest), (3, b"RUN a"), (5, b""), (6, b"")], true);
        assert_eq!(trace.read(ended.clone()), [json!({ "id": "0123456789ab", "status": "cached" })]);
        assert!(trace.read(ended).is_empty());
    }

    #[test]
    fn what_a_step_writes_and_what_is_no_trace_is_passed_on() {
        let mut trace = Trace::default();
        let mut log = Vec::new();
        put_bytes(&mut log, 1, b"sha256:ab");
        put_bytes(&mut log, 4, b"hello\n");
        assert_eq!(trace.read(report(3, &log)), [json!({ "id": "ab", "stream": "hello\n" })]);
        let other = json!({ "id": "moby.image.id", "aux": { "ID": "sha256:1" } });
        assert_eq!(trace.read(other.clone()), [other]);
        for broken in [json!("%"), json!(7), json!(null), json!("AAAA")] {
            trace.read(json!({ "id": "moby.buildkit.trace", "aux": broken }));
        }
    }
}
