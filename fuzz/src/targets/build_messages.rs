use cofferdam_core::fuzzing::{build_progress, build_session};

use crate::target::Target;

/// What an engine sends while it builds with `BuildKit`: its progress, and its questions about secrets and credentials.
pub const TARGET: Target = Target { name: "build_messages", check, memory: 16 << 20, tokens: TOKENS, seeds };

const TOKENS: &[&[u8]] = &[
    b"\x0a",
    b"\x12",
    b"\x1a",
    b"\x22",
    b"\x3a",
    b"\x0a\x05token",
    b"\x0a\x09a.example",
    b"sha256:",
    b"\xff\xff\x03",
];

const METHODS: [&str; 3] = [
    "/grpc.health.v1.Health/Check",
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
    "/moby.filesync.v1.Auth/Credentials",
];

const SECRET: &[u8] = b"the secret that only its id gives";

/// A secret goes to whoever asks for it by its whole name, and is in no other answer and in no report.
fn check(input: &[u8]) {
    for report in build_progress(input) {
        assert!(report.is_object(), "a report is no object: {report}");
    }
    for method in METHODS {
        let Some(answer) = build_session(method, input, SECRET) else { continue };
        let told = answer.windows(SECRET.len()).any(|part| part == SECRET);
        let asked = input.windows(5).any(|part| part == b"token");
        assert!(!told || method == METHODS[1] && asked, "{method} tells the secret");
    }
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        b"\x0a\x05token".to_vec(),
        b"\x0a\x09a.example".to_vec(),
        // A step that begins and ends, a status, and output.
        b"\x0a\x0f\x0a\x09sha256:ab\x2a\x00\x32\x00\x12\x05\x0a\x03abc\x1a\x0e\x0a\x09sha256:ab\x22\x01x"
            .to_vec(),
    ]
}
