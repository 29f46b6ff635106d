use cofferdam_protocol::{
    SystemError,
    copy::{Attributes, Copied, Piece, Reason, Reply},
    file::{DeleteReply, Entry, Failure, Kind, ListEvent, ReadEvent, Used, WriteReply},
    port::{Connected, Listed as ListedPorts, Listening},
    process::{
        Cause, ExecEvent, Exited, Limits as Met, Output, Stage, Status,
        handle::{Attached, Controlled, Description, Listed, Origin},
    },
    wire::hello::{self, AgentHello},
};
use futures_util::{FutureExt, io::Cursor};

use super::messages::{MEMORY, TOKENS, kind_and_stream, read_all, seed};
use crate::target::Target;

/// The host's decoder: what a hostile agent may send.
pub const TARGET: Target = Target { name: "host_messages", check, memory: MEMORY, tokens: TOKENS, seeds };

fn check(input: &[u8]) {
    let (kind, stream) = kind_and_stream(input);
    match kind {
        0 => read_all!(&stream, ExecEvent),
        1 => read_all!(&stream, ReadEvent),
        2 => read_all!(&stream, ListEvent),
        3 => read_all!(&stream, WriteReply),
        4 => read_all!(&stream, DeleteReply),
        5 => read_all!(&stream, Used),
        6 => read_all!(&stream, Piece),
        7 => read_all!(&stream, Reply),
        8 => read_all!(&stream, AgentHello),
        9 => read_all!(&stream, Listed),
        10 => read_all!(&stream, Controlled),
        11 => read_all!(&stream, ListedPorts),
        12 => read_all!(&stream, Connected),
        _ => {
            let mut wire = Cursor::new(&stream);
            if let Ok(opening) = hello::receive(&mut wire).now_or_never().unwrap() {
                let mut again = Vec::new();
                hello::send(&mut again, opening.version, &opening.body).now_or_never().unwrap().unwrap();
                assert!(stream.starts_with(&again), "an opening that is sent again differs");
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let error = || SystemError { name: "ENOENT".to_owned(), message: "no such file".to_owned() };
    let exited = Exited {
        status: Status::Code(1),
        cause: Cause::Deadline,
        oom_killed: true,
        limits: Met { memory: true, pids: false, disk: true },
        output_open: true,
        elapsed_us: 5,
        stdout_bytes: 9,
        stderr_bytes: 300,
    };
    let port =
        Listening { port: 80, address: "::".to_owned(), pid: Some(7), command: Some("node".to_owned()) };
    let process = |ended| Description {
        id: 7,
        pid: 12,
        name: None,
        command: "sleep 1".to_owned(),
        origin: Origin::Spawn,
        started_ms: 1_700_000_000_000,
        detached: true,
        terminal: false,
        input: true,
        ended,
    };
    let entry = Entry { name: b"name".to_vec(), mode: 0o100_644, size: 70_000, modified: -1 };
    let attributes = Attributes { mode: 0o755, modified: Some(1_700_000_000_000_000_000) };
    let failure =
        cofferdam_protocol::copy::Failure { entry: b"a/b".to_vec(), reason: Reason::Kind(Kind::Fifo) };
    let opening = [b"COFFERDM\x04\0\0\0\x05\0\0\0".as_slice(), b"hello"].concat();
    vec![
        seed(0, &ExecEvent::Output { stream: Output::Stderr, data: b"text" }),
        seed(0, &ExecEvent::Tail { stream: Output::Stdout, data: b"end" }),
        seed(0, &ExecEvent::NotStarted { stage: Stage::Execute, error: error() }),
        seed(0, &ExecEvent::Exited(exited.clone())),
        seed(
            0,
            &ExecEvent::Attached(Attached { process: process(Some(exited)), stdout: 9, stderr: u64::MAX }),
        ),
        seed(0, &ExecEvent::Control(b"0")),
        seed(0, &ExecEvent::Gap { stream: Output::Stderr, bytes: 7 }),
        seed(0, &ExecEvent::Unknown { exists: true }),
        seed(1, &ReadEvent::Data { data: b"content", last: true }),
        seed(1, &ReadEvent::Failed(Failure::NotRegular(Kind::Device))),
        seed(2, &ListEvent::Entries { entries: vec![entry.clone(), entry], last: true }),
        seed(2, &ListEvent::Failed(Failure::TooMany)),
        seed(3, &WriteReply::Failed(Failure::System(error()))),
        seed(4, &DeleteReply::Done),
        seed(5, &Used { bytes: 1 << 40 }),
        seed(6, &Piece::Directory { name: b"d", attributes: Some(attributes) }),
        seed(6, &Piece::File { name: b"f", attributes, size: 3 }),
        seed(6, &Piece::Link { name: b"l", target: b"../x" }),
        seed(6, &Piece::Failed(failure.clone())),
        seed(7, &Reply::Failed { failure: Some(failure), copied: Copied { entries: 1, bytes: 2 } }),
        seed(
            8,
            &AgentHello {
                uid: 1000,
                gid: 1000,
                home: "/home/a".to_owned(),
                shell: "/bin/sh".to_owned(),
                unfit: None,
            },
        ),
        seed(9, &Listed { processes: vec![process(None)] }),
        seed(10, &Controlled::NoTerminal),
        seed(11, &ListedPorts { ports: vec![port] }),
        seed(12, &Connected::Failed(error())),
        [&[13], opening.as_slice()].concat(),
    ]
}
