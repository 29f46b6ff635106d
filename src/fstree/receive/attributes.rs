use std::os::fd::AsFd;

use cofferdam_protocol::copy::{Attributes, Reason};
use nix::{
    libc::mode_t,
    sys::{
        stat::{Mode, fchmod, futimens},
        time::TimeSpec,
    },
};

use crate::errno::system;

/// The attributes of a directory that only leads to the top.
pub const ON_THE_WAY: Attributes = Attributes { mode: 0o755, modified: None };

/// Sets the attributes of a file or directory. The mode comes last: a file that has its mode is complete.
pub fn apply(file: impl AsFd, attributes: Attributes) -> Result<(), Reason> {
    if let Some(modified) = attributes.modified {
        let (seconds, nanoseconds) = (modified.div_euclid(1_000_000_000), modified.rem_euclid(1_000_000_000));
        let time = TimeSpec::new(seconds, nanoseconds);
        // Not every file system can store every time.
        let _ = futimens(&file, &time, &time);
    }
    let mode = mode_t::try_from(attributes.mode & 0o777).unwrap_or_default();
    fchmod(&file, Mode::from_bits_truncate(mode)).map_err(system)
}
