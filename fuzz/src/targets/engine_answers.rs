use cofferdam_core::fuzzing::engine_answer;

use crate::target::Target;

/// An engine's answers in JSON: inspections, lists, its version and description, measurements, refusals.
pub const TARGET: Target =
    Target { name: "engine_answers", check, memory: 4 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"\"State\"",
    b"\"Status\"",
    b"\"running\"",
    b"\"Pid\"",
    b"\"Labels\"",
    b"\"Config\"",
    b"\"HostConfig\"",
    b"\"NetworkSettings\"",
    b"\"Networks\"",
    b"\"Id\"",
    b"\"Names\"",
    b"\"message\"",
    b"\"SecurityOptions\"",
    b"\"cpu_stats\"",
    b"\"precpu_stats\"",
    b"\"memory_stats\"",
    b"null",
    b"true",
    b"-1",
    b"1e400",
    b"18446744073709551615",
    b"[",
    b"{",
    b"\"",
    b":",
    b",",
    b"\\ud800",
];

fn check(body: &[u8]) {
    let answer = engine_answer(body);
    if let Some(container) = answer.container {
        assert!(container.pid.is_none_or(|pid| pid > 0), "a PID that names a group or all processes");
    }
    if let Some(stats) = answer.stats {
        assert!(stats.cpu_percent.is_finite() && stats.cpu_percent >= 0.0, "{} % CPU", stats.cpu_percent);
        assert!(stats.pids_limit != Some(0));
    }
    assert!(answer.refusal.len() <= 3 * body.len());
    assert!(answer.listed.len() <= body.len());
    assert!(answer.product.is_none_or(|product| !product.is_empty()));
    assert!(answer.seccomp.is_none_or(|options| options.len() <= body.len()));
}
