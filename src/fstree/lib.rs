//! Trees that hostile code has made, or changes meanwhile: deleted, counted, sent and received, on both sides of a link.
//!
//! Nothing here recurses or follows a symbolic link, however deep a tree is only a few directories are open at a time,
//! and all that may take long is done a little at a time.

mod budget;
mod cursor;
mod deletion;
mod draft;
mod errno;
mod name;
mod receiver;
mod sweep;
mod target;
mod top;
mod trail;
mod transfer;
mod usage;
mod walk;

pub use budget::Budget;
pub use deletion::{Deletion, delete_tree};
pub use draft::Draft;
pub use errno::{describe, errno, from_io, system};
pub use name::{entry_name, link_target};
pub use receiver::Receiver;
pub use target::Target;
pub use top::{kind, open_top};
pub use transfer::{Source, Unfinished, receive, send};
pub use usage::Usage;
pub use walk::Walk;

#[cfg(test)]
mod tests;
