use cofferdam_protocol::layout;
use nix::{errno::Errno, unistd::chown};

use crate::ids::Ids;

/// The workspace as the agent opens it: its working directory, which the host sets when it starts the agent.
pub const WORKSPACE: &str = ".";

/// Gives the workspace directory itself to a user, but none of its contents.
pub fn give_to(Ids { uid, gid }: Ids) -> Result<(), Errno> {
    chown(layout::WORKSPACE, Some(uid), Some(gid))
}
