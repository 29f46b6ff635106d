use std::io;

use cofferdam_protocol::{
    file::{Failure, Identified, Identify},
    wire::message,
};
use futures_util::io::AsyncWrite;
use nix::{
    fcntl::{AT_FDCWD, OFlag},
    sys::stat::fstat,
};

use super::{
    failure::failure,
    open::{in_workspace, open},
};

/// Tells which file is at a path, so that the host can compare it with the one it meant to mount there.
pub async fn run<W: AsyncWrite + Unpin>(request: &Identify, output: &mut W) -> io::Result<()> {
    let reply = identify(request).unwrap_or_else(Identified::Failed);
    message::send(output, &reply).await
}

fn identify(request: &Identify) -> Result<Identified, Failure> {
    let file = open(AT_FDCWD, &in_workspace(&request.path), OFlag::O_PATH).map_err(failure)?;
    let stat = fstat(&file).map_err(failure)?;
    Ok(Identified::Found { device: stat.st_dev, inode: stat.st_ino })
}
