use std::{
    ffi::CString,
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use cofferdam_fstree::{Receiver, Target, Unfinished, receive};
use cofferdam_protocol::{
    Request,
    copy::{self, Copied},
    wire::message,
};
use nix::{
    errno::Errno,
    fcntl::{OFlag, openat},
    sys::stat::Mode,
};

use super::{
    super::{
        Operation,
        failure::{broken, lost},
    },
    ends::Ends,
    failure::{aborted, with_copied},
    open::{host_refused, resolve_above},
};
use crate::{cancellation::Cancellation, error::Result, hostfs::Resolved};

/// Receives a tree from the sandbox at a path of the host.
pub async fn receive_from(
    mut operation: Operation,
    path: PathBuf,
    ends: Ends,
    cancellation: Cancellation,
) -> Result<Copied> {
    let mut receiver = Receiver::new(find(&path)?, ends.limits);
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

/// Where on the host the tree is written. A link at the end of the path is not followed.
fn find(path: &Path) -> Result<Target> {
    let (Resolved { file, missing, .. }, name) = resolve_above(path)?;
    let failed = |errno: Errno| host_refused(path, &errno.into());
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    if missing.is_empty() {
        match openat(&file, name.as_os_str(), flags | OFlag::O_NOFOLLOW, Mode::empty()) {
            Ok(directory) => return Ok(Target::Directory(directory)),
            // ENOTDIR: a file, or a symbolic link that is not followed.
            Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            Err(errno) => return Err(failed(errno)),
        }
    }
    let directory = openat(&file, ".", flags, Mode::empty()).map_err(failed)?;
    let names = missing.iter().chain([&name]).map(|name| CString::new(name.as_bytes()));
    let names = names.collect::<Result<_, _>>().map_err(|_| failed(Errno::EINVAL))?;
    Ok(Target::Name { directory, names })
}
