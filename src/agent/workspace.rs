use std::error::Error;

use cofferdam_fstree::give;
use cofferdam_protocol::layout;
use nix::{
    errno::Errno,
    fcntl::{AtFlags, OFlag, open},
    sys::stat::{Mode, fstat},
    unistd::{Uid, fchownat},
};

use crate::ids::{Ids, NoSuchUser};

/// The workspace as the agent opens it: its working directory, which the host sets when it starts the agent.
pub const WORKSPACE: &str = ".";

/// Gives the workspace to a user: the directory itself and, if it belonged to another one, that user's files.
pub fn give_to(user: Ids) -> Result<(), Box<dyn Error>> {
    match give_all(user) {
        // The kernel takes no id that the container's user namespace lacks.
        Err(Errno::EINVAL) => Err(NoSuchUser.into()),
        outcome => Ok(outcome?),
    }
}

fn give_all(Ids { uid, gid }: Ids) -> Result<(), Errno> {
    let top = open(layout::WORKSPACE, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let stat = fstat(&top)?;
    if (stat.st_uid, stat.st_gid) == (uid.as_raw(), gid.as_raw()) {
        return Ok(());
    }
    if stat.st_uid == 0 {
        return fchownat(&top, c"", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH);
    }
    give(&top, Uid::from_raw(stat.st_uid), uid, gid)
}
