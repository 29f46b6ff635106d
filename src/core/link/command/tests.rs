use std::time::Duration;

use cofferdam_protocol::process::{Cause, Command, Limits, Status};
use futures_util::io::WriteHalf;
use tokio::time::timeout;
use yamux::Stream;

use super::{
    super::testing::{self, Pipe},
    *,
};

const PATIENCE: Duration = Duration::from_secs(10);

fn request() -> Exec {
    Exec {
        command: Command::Shell("true".to_owned()),
        cwd: None,
        env: Vec::new(),
        stdin: false,
        timeout_ms: 1000,
        grace: None,
        output_limit: 100,
        streamed: false,
    }
}

/// Plays the agent of one command: takes the request, then does `act`.
async fn play<F>(pipe: Pipe, act: impl FnOnce(WriteHalf<Stream>) -> F)
where
    F: Future<Output = ()>,
{
    testing::play(pipe, |mut requests, output| async move {
        let request = requests.next::<Request>().await.unwrap();
        assert!(matches!(request, Some(Request::Process(process::Request::Exec(_)))));
        act(output).await;
        // Keeps the stream open: the host must not wait for its end.
        std::future::pending::<()>().await;
    })
    .await;
}

/// Starts a command on an agent that does `act`, and waits for its end.
async fn outcome<F>(act: impl FnOnce(WriteHalf<Stream>) -> F + Send + 'static) -> Result<(Exited, Running)>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (link, pipe) = testing::link();
    tokio::spawn(play(pipe, act));
    let mut running = Running::start(link.begin().await?, request(), None, None).await?;
    loop {
        match timeout(PATIENCE, running.advance()).await.unwrap()? {
            Progress::Exited(exited) => return Ok((exited, running)),
            Progress::NotStarted(..) => panic!("it was started"),
            Progress::Started | Progress::Moved => {}
        }
    }
}

fn exited() -> ExecEvent<'static> {
    ExecEvent::Exited(Exited {
        status: Status::Code(0),
        cause: Cause::Itself,
        oom_killed: false,
        limits: Limits::default(),
        output_open: false,
        stdout_bytes: 3,
        stderr_bytes: 0,
        elapsed_us: 0,
    })
}

#[tokio::test]
async fn an_excessive_length_loses_the_sandbox_and_allocates_nothing() {
    for length in [u32::MAX, 1024 * 1024 + 1, 0] {
        let lost = outcome(move |mut output| async move {
            output.write_all(&length.to_le_bytes()).await.unwrap();
            output.flush().await.unwrap();
        });
        assert_eq!(lost.await.unwrap_err().code(), Code::SandboxLost, "{length}");
    }
}

#[tokio::test]
async fn an_invalid_message_loses_the_sandbox() {
    let lost = outcome(|mut output| async move {
        output.write_all(&[3, 0, 0, 0, 99, 99, 99]).await.unwrap();
        output.flush().await.unwrap();
    });
    assert_eq!(lost.await.unwrap_err().code(), Code::SandboxLost);
}

#[tokio::test]
async fn an_exit_without_a_start_is_accepted() {
    let ended = outcome(|mut output| async move { message::send(&mut output, &exited()).await.unwrap() });
    let (exited, running) = ended.await.unwrap();
    assert_eq!(exited.status, Status::Code(0));
    assert_eq!(running.finish(Some(&exited)).0.bytes, b"");
}

#[tokio::test]
async fn output_past_the_limit_is_counted_but_not_kept() {
    let ended = outcome(|mut output| async move {
        let data = vec![b'x'; 100_000];
        for _ in 0..500 {
            message::send(&mut output, &ExecEvent::Output { stream: Output::Stdout, data: &data })
                .await
                .unwrap();
            message::send(&mut output, &ExecEvent::Tail { stream: Output::Stderr, data: &data })
                .await
                .unwrap();
        }
        message::send(&mut output, &exited()).await.unwrap();
    });
    let (_, running) = ended.await.unwrap();
    let (stdout, stderr) = running.finish(None);
    assert_eq!(stdout.total, 50_000_000);
    assert!(stdout.bytes.len() < 200 && stderr.bytes.len() < 200);
}

#[tokio::test]
async fn an_agent_that_keeps_asking_for_input_uses_no_memory() {
    let ended = outcome(|mut output| async move {
        for _ in 0..10_000 {
            message::send(&mut output, &ExecEvent::StdinWanted).await.unwrap();
        }
        message::send(&mut output, &exited()).await.unwrap();
    });
    let (_, running) = ended.await.unwrap();
    assert!(running.outgoing.capacity() < 64 * 1024);
}

#[tokio::test]
async fn an_agent_that_disconnects_loses_the_sandbox() {
    let (link, pipe) = testing::link();
    let mut running = Running::start(link.begin().await.unwrap(), request(), None, None).await.unwrap();
    drop(pipe);
    let lost = timeout(PATIENCE, running.advance()).await.unwrap().unwrap_err();
    assert_eq!(lost.code(), Code::SandboxLost);
    assert!(link.is_closed() || timeout(PATIENCE, link.begin()).await.unwrap().is_err());
}
