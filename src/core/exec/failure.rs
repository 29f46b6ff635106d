//! The errors of commands.

use cofferdam_protocol::{
    SystemError, layout,
    process::{Exited, Stage},
};

use crate::{
    error::{Code, Error},
    link::{capture::Captured, command::Running},
};

/// The caller aborted before the command was requested.
pub fn aborted_before_start() -> Error {
    let aborted = Error::new(Code::Aborted, "aborted before the command started");
    aborted.output(b"", b"").detail("stdoutBytes", 0).detail("stderrBytes", 0)
}

/// The caller aborted.
pub fn aborted() -> Error {
    Error::new(Code::Aborted, "the command was aborted")
}

/// The agent killed the command because of the soft disk limit.
pub fn disk_full() -> Error {
    Error::new(Code::DiskLimit, "the files of the sandbox exceeded their limit, so the command was killed")
        .hint("delete files, or raise the limit (disk)")
}

/// Ends a command and adds its output to an error.
pub fn with_final_output(error: Error, running: Running, exited: Option<&Exited>) -> Error {
    with_output(error, running.finish(exited))
}

/// Adds the output so far to an error.
pub fn with_output(error: Error, (stdout, stderr): (Captured, Captured)) -> Error {
    error
        .output(&stdout.bytes, &stderr.bytes)
        .detail("stdoutBytes", stdout.total)
        .detail("stderrBytes", stderr.total)
}

/// The command could not be started.
pub fn not_started(program: &str, cwd: Option<&str>, stage: Stage, error: &SystemError) -> Error {
    let program = || program.to_owned();
    let (what, hint) = match (stage, error.name.as_str()) {
        (Stage::WorkingDirectory, errno) => {
            let cwd = cwd.unwrap_or(layout::WORKSPACE);
            let hint = match errno {
                "ENOTDIR" => "cwd, and everything above it, must be a directory",
                "EACCES" => {
                    "the sandbox's user may not enter the directory: change its mode, or choose another one"
                }
                _ => "create the directory first",
            };
            (format!("the command in {cwd}"), hint)
        }
        (Stage::Fork, "EAGAIN") => (
            "a new process".to_owned(),
            "the sandbox has reached its limit on processes and threads (Node.js has 11 threads): end some, or raise pids",
        ),
        (Stage::Fork, "ENOMEM" | "EMFILE" | "ENFILE") => {
            ("a new process".to_owned(), "the sandbox or its host is out of memory or file descriptors")
        }
        (Stage::Execute, "ENOENT") => {
            (program(), "the program must be in the image (on the host: installed) and in PATH")
        }
        (Stage::Execute, "EACCES") => {
            (program(), "the program must be an executable file: chmod +x, or name its interpreter")
        }
        (Stage::Execute, "ENOEXEC") => (
            program(),
            "a script needs a first line such as #!/bin/sh, and a program must be for this machine",
        ),
        (Stage::Execute, _) => (program(), "the program must be an executable file"),
        (Stage::Interpreter, _) => (
            program(),
            "the program exists, but not the interpreter that its first line (#!) names, or its C library; in a file with Windows line \
             endings, that name ends in a carriage return",
        ),
        (Stage::Terminal, _) => (
            "a terminal".to_owned(),
            "the sandbox has no terminals left, or its image no /dev/ptmx: end those that are not needed",
        ),
        (Stage::Log, _) => (
            "a detached process".to_owned(),
            "the output that detached processes keep may take 16 MiB together: end some, or choose a smaller log",
        ),
        (Stage::Arguments | Stage::Fork | Stage::Identity, _) => {
            ("the command".to_owned(), "this is a bug in cofferdam")
        }
    };
    Error::new(Code::CommandNotStarted, format!("could not start {what}: {}", error.message))
        .hint(hint)
        .detail("reason", error.name.clone())
}
