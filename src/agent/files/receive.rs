use std::io;

use cofferdam_protocol::{
    frame::{self, FrameReader},
    tree::{Copied, Failure, Receive, Reply},
};
use cofferdam_tree::{Receiver, Unfinished, receive};
use futures_util::io::{AsyncRead, AsyncWrite};

use super::path::target;

/// Receives a tree, or a file, and tells what became of it.
pub async fn run<R, W>(request: &Receive, mut input: FrameReader<R>, output: &mut W) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let reply = match target(&request.path) {
        Err(reason) => {
            let failure = Some(Failure { entry: Vec::new(), reason });
            Reply::Failed { failure, copied: Copied::default() }
        }
        Ok(target) => {
            let mut receiver = Receiver::new(target, request.limits);
            let outcome = receive(&mut receiver, &mut input).await;
            let copied = receiver.copied();
            match outcome {
                Ok(()) => Reply::Done(copied),
                Err(Unfinished::Sender(_)) => Reply::Failed { failure: None, copied },
                Err(Unfinished::Receiver(failure)) => Reply::Failed { failure: Some(failure), copied },
                Err(Unfinished::Lost(error)) => return Err(error),
            }
        }
    };
    frame::send(output, &reply).await
}
