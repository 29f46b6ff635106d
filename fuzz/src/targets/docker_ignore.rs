use std::path::Path;

use cofferdam_core::fuzzing::ignored;

use crate::target::Target;

/// Patterns of a `.dockerignore`, which comes with a context that others may have written.
pub const TARGET: Target =
    Target { name: "docker_ignore", check, memory: 64 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"**/",
    b"/**",
    b"*",
    b"?",
    b"!",
    b"#",
    b"[a-z]",
    b"[!a]",
    b"{a,b}",
    b"\\",
    b"./",
    b"../",
    b"\n",
    b"\r\n",
    b" ",
    b"Dockerfile",
];

/// The first line is a path, the others are patterns. Patterns that mean the same match the same.
fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (path, patterns) = text.split_once('\n').unwrap_or(("a/b", &text));
    let path = path.trim_matches('/');
    if path.is_empty() || path.split('/').any(|name| matches!(name, "" | "." | "..")) {
        return;
    }
    let paths = [Path::new(path), Path::new("a/b/c"), Path::new("node_modules/x"), Path::new("Dockerfile")];
    let matched = |patterns: &str| ignored(patterns, &paths).ok();
    let expected = matched(patterns);
    if let Some(expected) = &expected {
        assert!(!expected[3], "the Dockerfile is left out");
    }
    // One way to write the same an input, because compiling patterns takes most of the time.
    if let Some((how, changed)) = rewritten(patterns, input.len()) {
        assert_eq!(matched(&changed), expected, "{how}");
    }
}

/// One of the ways to write the same patterns, and what it is.
fn rewritten(patterns: &str, choice: usize) -> Option<(&'static str, String)> {
    let each = |change: &dyn Fn(&str) -> String| patterns.lines().map(change).collect::<Vec<_>>().join("\n");
    let plain = |change: &dyn Fn(&str) -> String| {
        let is_plain = |line: &str| line.starts_with(|first: char| first.is_ascii_alphanumeric());
        each(&|line| if is_plain(line.trim()) { change(line.trim()) } else { line.to_owned() })
    };
    let spaced = |line: &str| if line.starts_with('#') { line.to_owned() } else { format!(" {line}\t") };
    Some(match choice % 12 {
        0 => ("twice", each(&|line| format!("{line}\n{line}"))),
        1 => ("with spaces around", each(&spaced)),
        2 => ("with CRLF", each(&|line| format!("{line}\r"))),
        3 => ("with empty lines and comments", each(&|line| format!("\n# comment\n{line}\n"))),
        4 => ("with a byte order mark", format!("\u{feff}{patterns}")),
        5 => ("from the root", plain(&|line| format!("/{line}"))),
        6 => ("from the directory", plain(&|line| format!("./{line}"))),
        7 => ("as directories", plain(&|line| format!("{line}/"))),
        8 => ("with empty components", plain(&|line| format!("{line}//"))),
        9 => ("through another directory", plain(&|line| format!("x/../{line}"))),
        10 => ("through the same directory", plain(&|line| format!("././{line}/."))),
        // Without exceptions, the order does not matter.
        _ if !patterns.contains('!') => {
            ("in another order", patterns.lines().rev().collect::<Vec<_>>().join("\n"))
        }
        _ => return None,
    })
}
