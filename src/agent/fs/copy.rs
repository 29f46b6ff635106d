//! Copies within the sandbox.

mod content;
mod tree;

use cofferdam_protocol::{RawPath, file::Failure};
use nix::errno::Errno;

pub use tree::tree;

use content::copy_to;

use super::{failure::failure, open::open_regular, place::find_place};

use crate::disk::DiskLimit;

/// Copies one file.
pub async fn file(disk: &DiskLimit, from: &RawPath, to: &RawPath, exclusive: bool) -> Result<(), Failure> {
    let (file, stat) = open_regular(from)?;
    let place = find_place(to, false)?;
    if exclusive && place.existing.is_some() {
        return Err(failure(Errno::EEXIST));
    }
    copy_to(disk, file.into(), &stat, place, false).await
}
