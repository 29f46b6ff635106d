use std::{fs, time::Duration};

use cofferdam_protocol::{
    Request,
    copy::{Attributes, Copied, Failure, Limits, Piece, Reason, Reply},
    wire::message,
};
use futures_util::io::{AsyncWriteExt, WriteHalf};
use tempfile::{TempDir, tempdir};
use tokio::time::timeout;
use yamux::Stream;

use super::{
    super::{
        Operation,
        testing::{self, Input},
    },
    Copying, End, Ends, open_host,
};
use crate::{
    cancellation::Cancellation,
    error::{Code, Error},
};

const PATIENCE: Duration = Duration::from_secs(20);
const LIMITS: Limits = Limits { entries: 1000, bytes: 1 << 20 };
const ATTRIBUTES: Attributes = Attributes { mode: 0o644, modified: None };

fn ends() -> Ends {
    Ends::new(End::Path("host".to_owned()), "sandbox", LIMITS)
}

/// An operation with an agent that does `act`.
async fn operation<F>(act: impl FnOnce(Input, WriteHalf<Stream>) -> F + Send + 'static) -> Operation
where
    F: Future<Output = ()> + Send + 'static,
{
    let (link, pipe) = testing::link();
    tokio::spawn(testing::play(pipe, act));
    let operation = link.begin().await.unwrap();
    // The link must live as long as the test.
    std::mem::forget(link);
    operation
}

/// Receives from an agent that sends these pieces and then waits forever.
async fn received<I>(pieces: I) -> (Error, TempDir)
where
    I: Iterator<Item = Piece<'static>> + Send + 'static,
{
    let operation = operation(|mut requests, mut output| async move {
        let request = requests.next::<Request>().await.unwrap();
        assert!(matches!(request, Some(Request::Send(_))));
        for piece in pieces {
            // The host may have stopped reading.
            if message::send(&mut output, &piece).await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    });
    let directory = tempdir().unwrap();
    let target = directory.path().join("in/new");
    let mut copying = Copying::receive(operation.await, target, ends(), Cancellation::default());
    let outcome = timeout(PATIENCE, copying.ended()).await.unwrap();
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    (outcome.unwrap_err(), directory)
}

fn top() -> Piece<'static> {
    Piece::Directory { name: b"", attributes: Some(ATTRIBUTES) }
}

fn file(name: &'static [u8], size: u64) -> Piece<'static> {
    Piece::File { name, attributes: ATTRIBUTES, size }
}

#[tokio::test]
async fn names_and_links_that_lead_out_of_the_tree_are_rejected() {
    for name in [&b"../x"[..], b"..", b"/tmp/x", b"a/b", b"", b"x\0"] {
        let (error, _) = received([top(), file(name, 0)].into_iter()).await;
        assert_eq!((error.code(), &error.details()["reason"]), (Code::FileError, &"name".into()), "{name:?}");
    }
    for target in [&b"/etc"[..], b"..", b"a/../.."] {
        let (error, _) = received([top(), Piece::Link { name: b"link", target }].into_iter()).await;
        assert_eq!((error.code(), &error.details()["path"]), (Code::FileError, &"host/link".into()));
    }
}

#[tokio::test]
async fn an_endless_tree_is_rejected() {
    let deep = std::iter::once(top())
        .chain(std::iter::repeat_with(|| Piece::Directory { name: b"d", attributes: None }));
    let (error, _) = received(deep).await;
    assert_eq!((error.code(), &error.details()["limit"]), (Code::FileTooLarge, &1000.into()));
    let large = [top(), file(b"a", 4), Piece::Data(b"data"), file(b"b", (1 << 20) - 3)];
    assert_eq!(received(large.into_iter()).await.0.code(), Code::FileTooLarge);
    let (error, _) = received([file(b"", u64::MAX)].into_iter()).await;
    assert_eq!((error.code(), &error.details()["limit"]), (Code::FileTooLarge, &(1 << 20).into()));
}

#[tokio::test]
async fn more_data_than_was_announced_loses_the_sandbox() {
    let more = [top(), file(b"a", 3)].into_iter().chain(std::iter::repeat_with(|| Piece::Data(b"xx")));
    assert_eq!(received(more).await.0.code(), Code::SandboxLost);
    let late = [top(), file(b"a", 1), Piece::Data(b"x"), Piece::Leave, Piece::Data(b"x")];
    assert_eq!(received(late.into_iter()).await.0.code(), Code::SandboxLost);
}

#[tokio::test]
async fn a_failure_in_the_sandbox_is_reported_with_its_path() {
    let failure = Failure { entry: b"a/b".to_vec(), reason: Reason::Link };
    let (error, _) = received([top(), Piece::Failed(failure)].into_iter()).await;
    assert_eq!((error.code(), &error.details()["path"]), (Code::FileError, &"sandbox/a/b".into()));
}

#[tokio::test]
async fn an_invalid_message_loses_the_sandbox_and_allocates_nothing() {
    for noise in [&[0xff; 64][..], &[3, 0, 0, 0, 99, 99, 99], &[0, 0, 0, 0]] {
        let operation = operation(move |_requests, mut output| async move {
            output.write_all(noise).await.unwrap();
            output.flush().await.unwrap();
            std::future::pending::<()>().await;
        });
        let directory = tempdir().unwrap();
        let target = directory.path().join("new");
        let mut copying = Copying::receive(operation.await, target, ends(), Cancellation::default());
        let error = timeout(PATIENCE, copying.ended()).await.unwrap().unwrap_err();
        assert_eq!(error.code(), Code::SandboxLost);
    }
}

/// A copy of 100 files of 10 kB to an agent that does `act`.
async fn sent<F>(
    act: impl FnOnce(Input, WriteHalf<Stream>) -> F + Send + 'static,
) -> (Copying, Cancellation, TempDir)
where
    F: Future<Output = ()> + Send + 'static,
{
    let directory = tempdir().unwrap();
    for number in 0..100 {
        fs::write(directory.path().join(number.to_string()), [0; 10_000]).unwrap();
    }
    let source = open_host(directory.path(), LIMITS).unwrap();
    let cancellation = Cancellation::default();
    let copying = Copying::send(operation(act).await, source, ends(), cancellation.clone());
    (copying, cancellation, directory)
}

#[tokio::test]
async fn a_reply_before_the_end_of_the_tree_is_accepted() {
    let copied = Copied { entries: 1, bytes: 2 };
    let failure = Failure { entry: b"7".to_vec(), reason: Reason::Name };
    for reply in [Reply::Done(copied), Reply::Failed { failure: Some(failure.clone()), copied }] {
        let (mut copying, _, _directory) = sent(move |_requests, mut output| async move {
            message::send(&mut output, &reply).await.unwrap();
            output.close().await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        match timeout(PATIENCE, copying.ended()).await.unwrap() {
            Ok(there) => assert_eq!(there, copied),
            Err(error) => {
                assert_eq!(error.details()["path"], "sandbox/7");
                assert_eq!(error.details()["copied"], serde_json::json!({ "entries": 1, "bytes": 2 }));
            }
        }
    }
}

#[tokio::test]
async fn an_agent_that_disconnects_or_replies_nonsense_loses_the_sandbox() {
    let (mut gone, ..) = sent(|_requests, output| async move { drop(output) }).await;
    assert_eq!(timeout(PATIENCE, gone.ended()).await.unwrap().unwrap_err().code(), Code::SandboxLost);
    let (mut nonsense, ..) = sent(|_requests, mut output| async move {
        output.write_all(&[1, 0, 0, 0, 99]).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(timeout(PATIENCE, nonsense.ended()).await.unwrap().unwrap_err().code(), Code::SandboxLost);
    // It claims that the host cancelled the copy.
    let (mut liar, ..) = sent(|_requests, mut output| async move {
        let reply = Reply::Failed { failure: None, copied: Copied::default() };
        message::send(&mut output, &reply).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(timeout(PATIENCE, liar.ended()).await.unwrap().unwrap_err().code(), Code::SandboxLost);
}

#[tokio::test]
async fn a_copy_to_an_agent_that_reads_nothing_makes_no_progress() {
    let (mut copying, _, _directory) = sent(|_requests, _output| std::future::pending()).await;
    let mut moved = copying.moved();
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        if copying.moved() == moved {
            break;
        }
        moved = copying.moved();
    }
    copying.stop();
    timeout(PATIENCE, copying.ended()).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn an_agent_is_told_that_the_host_cancelled() {
    let (mut copying, cancellation, _directory) = sent(|mut requests, mut output| async move {
        let mut aborted = false;
        requests.next::<Request>().await.unwrap();
        while let Ok(Some(piece)) = requests.next::<Piece>().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if let Piece::Failed(failure) = piece {
                aborted = failure.reason == Reason::Aborted;
                break;
            }
        }
        let copied = Copied { entries: u64::from(aborted), bytes: 0 };
        message::send(&mut output, &Reply::Failed { failure: None, copied }).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    cancellation.cancel();
    let error = timeout(PATIENCE, copying.ended()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::Aborted);
    assert_eq!(error.details()["copied"]["entries"], 1);
}

#[tokio::test]
async fn a_dropped_copy_removes_its_unfinished_files() {
    let directory = tempdir().unwrap();
    let operation = operation(|_requests, mut output| async move {
        for piece in [top(), file(b"a", 100), Piece::Data(b"x")] {
            message::send(&mut output, &piece).await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    let target = directory.path().join("new");
    let copying = Copying::receive(operation.await, target, ends(), Cancellation::default());
    let entries = || fs::read_dir(&directory).unwrap().count();
    while entries() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(copying);
    let gone = async {
        while entries() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}
