use std::{
    io,
    path::{self, Path, PathBuf},
};

use cofferdam_fstree::{Receiver, Target, Unfinished, receive, system};
use cofferdam_protocol::{
    Request,
    copy::{self, Copied, Failure},
    wire::message,
};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag, openat},
    sys::stat::Mode,
};

use super::{
    super::{
        Operation,
        failure::{broken, lost},
    },
    ends::Ends,
    failure::{aborted, with_copied},
};
use crate::{cancellation::Cancellation, error::Result};

/// Receives a tree from the sandbox at a path of the host.
pub async fn receive_from(
    mut operation: Operation,
    path: PathBuf,
    ends: Ends,
    cancellation: Cancellation,
) -> Result<Copied> {
    let here = |reason| ends.host.error(ends.limits, Failure { entry: Vec::new(), reason });
    let mut receiver = Receiver::new(find(&path).map_err(system).map_err(here)?, ends.limits);
    let request = Request::Send(copy::Send { path: ends.path.clone(), limits: ends.limits });
    message::send(&mut operation.requests, &request).await.map_err(|error| broken(&error))?;
    let outcome = tokio::select! {
        biased;
        () = cancellation.cancelled() => {
            receiver.abandon();
            return Err(with_copied(aborted(), receiver.copied()));
        }
        outcome = receive(&mut receiver, &mut operation.events) => outcome,
    };
    let error = match outcome {
        Ok(()) => return Ok(receiver.copied()),
        Err(Unfinished::Lost(error)) if error.kind() == io::ErrorKind::UnexpectedEof => lost(),
        Err(Unfinished::Lost(error)) => broken(&error),
        Err(Unfinished::Sender(failure)) => ends.sandbox.error(ends.limits, failure),
        Err(Unfinished::Receiver(failure)) => ends.host.error(ends.limits, failure),
    };
    Err(with_copied(error, receiver.copied()))
}

/// Where on the host the tree is written. Symbolic links in the path are followed, because the caller chose it; a link at
/// its end is not.
fn find(path: &Path) -> Result<Target, Errno> {
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let path = path::absolute(path).map_err(|_| Errno::ENOENT)?;
    Target::find(
        &path,
        |path| openat(AT_FDCWD, path, flags | OFlag::O_NOFOLLOW, Mode::empty()),
        |parent| openat(AT_FDCWD, parent, flags, Mode::empty()),
    )
}
