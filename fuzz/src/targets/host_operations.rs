use cofferdam_core::link::{
    command::{Progress, Running},
    file, fs,
};
use cofferdam_protocol::{
    file::{DeleteReply, Entry, ListEvent, ReadEvent, Used, WriteReply},
    fs::{
        directory::{Event, Name, Names},
        lines::{self, Lines},
    },
    process::{Cause, Command, Exec, ExecEvent, Exited, Limits as Met, Output, Status},
};

use super::{
    messages::{TOKENS, kind_and_stream, seed},
    piece_model::is_entry_name,
    play::{MEMORY, answered},
};
use crate::target::Target;

/// The host's operations, with any answer of the agent.
pub const TARGET: Target = Target { name: "host_operations", check, memory: MEMORY, tokens: TOKENS, seeds };

/// The limit of the command's output, in bytes.
const LIMIT: u64 = 100;

fn check(input: &[u8]) {
    let (kind, answer) = kind_and_stream(input);
    match kind {
        0 => drop(answered(&answer, async |link| {
            let mut running =
                Running::start(link.begin().await?, exec(), Some(vec![b'x'; 1000].into()), None).await?;
            let exited = loop {
                match running.advance().await? {
                    Progress::Exited(exited) => break Some(exited),
                    Progress::NotStarted(..) => break None,
                    Progress::Started | Progress::Moved => {}
                }
            };
            let (stdout, stderr) = running.finish(exited.as_ref());
            for captured in [stdout, stderr] {
                // A line in the middle tells what is missing.
                assert!(captured.bytes.len() as u64 <= LIMIT + 60, "more output than the limit");
                assert!(
                    captured.truncated || captured.bytes.len() as u64 <= captured.total,
                    "more output than was written"
                );
            }
            Ok(())
        })),
        1 => drop(answered(&answer, async |link| file::read(&link, &"file".into()).await)),
        2 => {
            if let Ok(entries) = answered(&answer, async |link| file::list(&link, "directory").await) {
                // Callers join them to paths.
                assert!(
                    entries.iter().all(|entry| is_entry_name(&entry.name)),
                    "a listed name leads elsewhere"
                );
            }
        }
        3 => drop(answered(&answer, async |link| {
            file::write(&link, &file::NewFile::anywhere("file", None), &[b'x'; 1000]).await
        })),
        4 => drop(answered(&answer, async |link| file::delete(&link, "file", true).await)),
        6 => {
            let request = Names { path: "directory".into(), recursive: true };
            if let Ok(names) = answered(&answer, async |link| fs::names(&link, &request).await) {
                let is_good =
                    |name: &Name| name.path.as_bytes().split(|byte| *byte == b'/').all(is_entry_name);
                assert!(names.iter().all(is_good), "a listed path leads elsewhere");
            }
        }
        7 => {
            let request = Lines { path: "file".into(), start: 1, end: 9, limit: 100 };
            if let Ok((lines, _)) = answered(&answer, async |link| fs::lines(&link, &request).await) {
                assert!(lines.len() <= 100, "more lines than the limit");
            }
        }
        _ => drop(answered(&answer, async |link| file::usage(&link).await)),
    }
}

fn exec() -> Exec {
    Exec {
        command: Command::Shell("true".to_owned()),
        cwd: None,
        env: Vec::new(),
        stdin: true,
        timeout_ms: 1000,
        grace: None,
        output_limit: LIMIT,
        streamed: false,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let exited = Exited {
        status: Status::Code(0),
        cause: Cause::Itself,
        oom_killed: false,
        limits: Met { memory: false, pids: false, disk: false },
        output_open: false,
        elapsed_us: 5,
        stdout_bytes: 4,
        stderr_bytes: 0,
    };
    let output = |data| ExecEvent::Output { stream: Output::Stdout, data };
    let messages = |messages: &[ExecEvent]| {
        let mut bytes = vec![0];
        for message in messages {
            cofferdam_protocol::wire::message::append(&mut bytes, message).unwrap();
        }
        bytes
    };
    let entry = Entry { name: b"name".to_vec(), mode: 0o100_644, size: 7, modified: 1 };
    let tail = ExecEvent::Tail { stream: Output::Stdout, data: &[b'y'; 70] };
    let last = || ExecEvent::Exited(exited.clone());
    vec![
        messages(&[ExecEvent::Started, output(b"text"), last()]),
        messages(&[ExecEvent::Started, ExecEvent::StdinWanted, output(&[b'x'; 160]), tail, last()]),
        seed(0, &ExecEvent::Exited(exited.clone())),
        seed(1, &ReadEvent::Data { data: b"content", last: true }),
        seed(2, &ListEvent::Entries { entries: vec![entry], last: true }),
        seed(3, &WriteReply::Done),
        seed(4, &DeleteReply::Done),
        seed(5, &Used { bytes: 4096 }),
        seed(6, &Event::Names { names: vec![Name { path: "a/b".into(), kind: 8 }], last: true }),
        seed(7, &lines::Event::Data(b"line")),
        seed(7, &lines::Event::End { total: 1 }),
    ]
}
