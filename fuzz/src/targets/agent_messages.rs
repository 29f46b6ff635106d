use cofferdam_protocol::{
    Request,
    copy::{Limits, Piece, Receive, Send},
    file::{Delete, List, Mode, Read, Write, WriteInput},
    fs::{self, call::Call, directory::Names, handle, watch::Watch},
    port,
    process::{
        self, Command, Exec, ExecInput,
        handle::{Attach, Position, Resize, Signal, Size, Spawn},
    },
    wire::hello::HostHello,
};

use super::messages::{MEMORY, TOKENS, kind_and_stream, read_all, seed};
use crate::target::Target;

/// The agent's decoder: requests, and what follows them.
pub const TARGET: Target = Target { name: "agent_messages", check, memory: MEMORY, tokens: TOKENS, seeds };

fn check(input: &[u8]) {
    let (kind, stream) = kind_and_stream(input);
    match kind {
        0 => read_all!(&stream, Request),
        1 => read_all!(&stream, ExecInput),
        5 => read_all!(&stream, handle::Request),
        2 => read_all!(&stream, WriteInput),
        3 => read_all!(&stream, Piece),
        _ => read_all!(&stream, HostHello),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let path = || "dir/file".to_owned();
    let exec = |command| Exec {
        command,
        cwd: Some("sub".to_owned()),
        env: vec![("NAME".to_owned(), "value".to_owned())],
        stdin: true,
        timeout_ms: 30_000,
        grace: None,
        output_limit: 1 << 20,
        streamed: false,
    };
    let size = Size { cols: 80, rows: 24 };
    let spawn = Spawn {
        exec: exec(Command::Shell("cat".to_owned())),
        name: Some("name".to_owned()),
        terminal: Some(size),
        control: false,
        log: Some(1 << 16),
    };
    let process = Request::Process;
    let limits = Limits { entries: 100, bytes: 1 << 20 };
    vec![
        seed(0, &process(process::Request::Exec(exec(Command::Shell("true".to_owned()))))),
        seed(
            0,
            &process(process::Request::Exec(exec(Command::Argv(vec!["ls".to_owned(), "-l".to_owned()])))),
        ),
        seed(0, &process(process::Request::Spawn(spawn))),
        seed(0, &process(process::Request::Attach(Attach { id: 7, from: Position::Now }))),
        seed(0, &process(process::Request::Signal(Signal { id: 7, signal: 15, descendants: true }))),
        seed(0, &process(process::Request::Resize(Resize { id: 7, size }))),
        seed(0, &process(process::Request::List)),
        seed(0, &Request::Port(port::Request::Connect { port: 80 })),
        seed(0, &Request::Read(Read { path: path().as_str().into(), limit: 64 })),
        seed(
            0,
            &Request::Write(Write {
                path: path().as_str().into(),
                size: 4,
                mode: Mode::Exactly(0o755),
                parents: true,
                data: b"data",
            }),
        ),
        seed(0, &Request::List(List { path: path(), limit: 1000 })),
        seed(0, &Request::Delete(Delete { path: path(), recursive: true })),
        seed(0, &Request::Send(Send { path: path(), limits })),
        seed(0, &Request::Receive(Receive { path: path(), limits })),
        seed(0, &Request::Usage),
        seed(0, &Request::Fs(fs::Request::Call(Call::Rename { from: "a".into(), to: "b".into() }))),
        seed(0, &Request::Fs(fs::Request::Names(Names { path: "a".into(), recursive: true }))),
        seed(0, &Request::Fs(fs::Request::Watch(Watch { path: "a".into(), recursive: true }))),
        seed(5, &handle::Request::Write { position: Some(7), data: b"data" }),
        seed(1, &ExecInput::Stdin(b"input")),
        seed(1, &ExecInput::Kill),
        seed(2, &WriteInput { data: b"more" }),
        seed(3, &Piece::Leave),
        seed(4, &HostHello { disk_limit: Some(1 << 30), processors: Some(2), observes: false }),
    ]
}
