//! Watching files.

mod instance;
mod poll;
mod raw;
mod tree;

use std::{io, rc::Rc, time::Duration};

use cofferdam_protocol::{
    file::Failure,
    fs::watch::{Change, Event, MAX_CHANGES, Watch},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use serde::de::IgnoredAny;
use tokio::time::sleep;

use super::failure::failure;

pub use instance::Watches;

use poll::Poll;
use tree::{Tree, Unwatched};

/// How often what can't be watched is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reports changes until the host leaves.
pub async fn run<R, W>(
    watches: &Watches,
    request: &Watch,
    mut input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    tokio::select! {
        reported = report(watches, request, output) => reported,
        _ = input.next::<IgnoredAny>() => Ok(()),
    }
}

async fn report<W: AsyncWrite + Unpin>(watches: &Watches, request: &Watch, output: &mut W) -> io::Result<()> {
    let begun = match watches.instance() {
        Ok(instance) => Tree::watch(instance, request).await,
        Err(_) => Err(Unwatched::NoneLeft),
    };
    match begun {
        Ok(tree) => follow(tree, request, output).await,
        Err(Unwatched::NoneLeft) => look(request, output).await,
        Err(Unwatched::Failed(failure)) => message::send(output, &Event::Failed(failure)).await,
    }
}

/// Reports what the kernel tells.
async fn follow<W: AsyncWrite + Unpin>(mut tree: Tree, request: &Watch, output: &mut W) -> io::Result<()> {
    message::send(output, &Event::Watching { polling: false }).await?;
    loop {
        let (changes, overflow) = tree.next().await;
        send(changes, output).await?;
        if overflow {
            // What is there now is watched from here on.
            tree = match Tree::watch(Rc::clone(tree.instance()), request).await {
                Ok(tree) => tree,
                Err(Unwatched::NoneLeft) => {
                    message::send(output, &Event::Overflow).await?;
                    return look(request, output).await;
                }
                Err(Unwatched::Failed(failure)) => {
                    return message::send(output, &Event::Failed(failure)).await;
                }
            };
            message::send(output, &Event::Overflow).await?;
        }
        if tree.is_gone() {
            let gone = failure(nix::errno::Errno::ENOENT);
            return message::send(output, &Event::Failed(gone)).await;
        }
    }
}

/// Looks for changes again and again.
async fn look<W: AsyncWrite + Unpin>(request: &Watch, output: &mut W) -> io::Result<()> {
    let mut poll = match Poll::begin(request).await {
        Ok(poll) => poll,
        Err(failure) => return message::send(output, &Event::Failed(failure)).await,
    };
    message::send(output, &Event::Watching { polling: true }).await?;
    loop {
        sleep(INTERVAL).await;
        match poll.changes(request).await {
            Ok(changes) => send(changes, output).await?,
            Err(Failure::TooMany) => message::send(output, &Event::Overflow).await?,
            Err(failure) => return message::send(output, &Event::Failed(failure)).await,
        }
    }
}

async fn send<W: AsyncWrite + Unpin>(mut changes: Vec<Change>, output: &mut W) -> io::Result<()> {
    changes.dedup();
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(MAX_CHANGES));
        message::send(output, &Event::Changes(changes)).await?;
        changes = rest;
    }
    Ok(())
}
