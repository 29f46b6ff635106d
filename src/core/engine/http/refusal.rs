//! An engine's reason for a refusal.

use hyper::StatusCode;
use serde_json::Value;

/// What Podman calls causes for which Docker answers 409.
const CONFLICTS: [&str; 9] = [
    "that name is already in use",
    "container already exists",
    "volume already exists",
    "network already exists",
    "container state improper",
    "volume is being used",
    "network is being used",
    "image is being used",
    "image is in use by a container",
];

/// What Podman calls causes for which Docker answers 404.
const MISSING: [&str; 1] = ["network not found"];

/// The beginning and the end of Podman's words, in which it names the image, for one that is to be removed by its id and has several
/// names.
const SEVERAL_NAMES: [&str; 2] = ["unable to delete image ", ": please force removal"];

/// The longest message that is passed on, in bytes: Podman repeats all of a profile that it could not open.
const MAX_MESSAGE: usize = 2000;

/// The body of a refusal.
pub struct Refusal {
    /// The reason, from JSON or plain text.
    pub message: String,
    /// Podman's name for it.
    cause: Option<String>,
}

impl Refusal {
    /// Reads the body.
    pub fn read(body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let message = value["message"].as_str().map(str::to_owned);
        let message = message.unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned());
        Self { message: shortened(message), cause: value["cause"].as_str().map(str::to_owned) }
    }

    /// The status that Docker would answer with. Podman answers 500 for most refusals.
    pub fn status(&self, answered: StatusCode) -> StatusCode {
        let cause = self.cause.as_deref().unwrap_or_default();
        let [begin, end] = SEVERAL_NAMES;
        let has_several_names = cause.starts_with(begin) && cause.ends_with(end);
        if !answered.is_server_error() {
            answered
        } else if has_several_names || CONFLICTS.contains(&cause) {
            StatusCode::CONFLICT
        } else if MISSING.contains(&cause) {
            StatusCode::NOT_FOUND
        } else {
            answered
        }
    }
}

/// The beginning and the end of a long message.
fn shortened(message: String) -> String {
    if message.len() <= MAX_MESSAGE {
        return message;
    }
    let end = message.floor_char_boundary(MAX_MESSAGE / 2);
    let begin = message.ceil_char_boundary(message.len() - MAX_MESSAGE / 2);
    let part = |range: Option<&str>| range.unwrap_or_default().to_owned();
    format!("{} […] {}", part(message.get(..end)), part(message.get(begin..)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from Docker 20.10.24 and Podman 4.3.1.
    #[test]
    fn every_engines_refusals_are_read() {
        let server_error = StatusCode::INTERNAL_SERVER_ERROR;
        for (body, answered, message, status) in [
            (r#"{"message":"No such container: x"}"#, StatusCode::NOT_FOUND, "No such container: x", 404),
            (
                r#"{"cause":"that name is already in use","message":"container create: creating container storage: the container name \"x1\" is already in use by 23fc. You have to remove that container to be able to reuse that name: that name is already in use","response":500}"#,
                server_error,
                "already in use",
                409,
            ),
            (
                r#"{"cause":"container state improper","message":"can only kill running containers. 23fc is in state created: container state improper","response":500}"#,
                server_error,
                "can only kill",
                409,
            ),
            (
                r#"{"cause":"OCI permission denied","message":"crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied","response":500}"#,
                server_error,
                "setrlimit",
                500,
            ),
            (
                r#"{"cause":"network not found","message":"unable to find network with name or ID n2: network not found","response":500}"#,
                server_error,
                "unable to find network",
                404,
            ),
            (
                r#"{"cause":"unable to delete image \"6118\" by ID with more than one tag ([localhost/a:b docker.io/library/other:one]): please force removal","message":"unable to delete image \"6118\" by ID with more than one tag ([localhost/a:b docker.io/library/other:one]): please force removal","response":500}"#,
                server_error,
                "more than one tag",
                409,
            ),
            ("out of order\n", server_error, "out of order", 500),
            (r#"{"message":7,"cause":["that name is already in use"]}"#, server_error, "message", 500),
        ] {
            let refusal = Refusal::read(body.as_bytes());
            assert!(refusal.message.contains(message), "{body}");
            assert_eq!(refusal.status(answered), status, "{body}");
        }
    }

    #[test]
    fn a_long_message_keeps_both_ends() {
        let text = format!("opening {}: file name too long", "é".repeat(20_000));
        let message = Refusal::read(text.as_bytes()).message;
        assert!(message.len() < 2100 && message.starts_with("opening é"), "{message}");
        assert!(message.ends_with("é: file name too long"), "{message}");
    }
}
