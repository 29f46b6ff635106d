use std::io;

use cofferdam_fstree::{Receiver, Unfinished, receive, system};
use cofferdam_protocol::{
    copy::{Copied, Failure, Receive, Reply},
    wire::message::{self, MessageReader},
};
use futures_util::io::{AsyncRead, AsyncWrite};
use nix::errno::Errno;

use super::place::find_target;

use crate::disk::{self, DiskLimit};

/// Receives a tree or a file, and reports the outcome.
pub async fn run<R, W>(
    limit: &DiskLimit,
    request: &Receive,
    mut input: MessageReader<R>,
    output: &mut W,
) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let reply = match find_target(&request.path) {
        Err(reason) => {
            let failure = Some(Failure { entry: Vec::new(), reason });
            Reply::Failed { failure, copied: Copied::default() }
        }
        Ok(target) => {
            let place = target.directory().try_clone()?;
            let mut receiver = Receiver::new(target, request.limits);
            limit.touch();
            let outcome = match limit.admit(&place, 0).await {
                Ok(()) => tokio::select! {
                    outcome = receive(&mut receiver, &mut input) => outcome,
                    () = limit.exceeded() => Err(full()),
                    never = disk::attend(limit) => match never {},
                },
                Err(_) => Err(full()),
            };
            limit.touch();
            let copied = receiver.copied();
            match outcome {
                Ok(()) => Reply::Done(copied),
                Err(Unfinished::Sender(_)) => Reply::Failed { failure: None, copied },
                Err(Unfinished::Receiver(failure)) => Reply::Failed { failure: Some(failure), copied },
                Err(Unfinished::Lost(error)) => return Err(error),
            }
        }
    };
    message::send(output, &reply).await
}

fn full() -> Unfinished {
    Unfinished::Receiver(Failure { entry: Vec::new(), reason: system(Errno::EDQUOT) })
}
