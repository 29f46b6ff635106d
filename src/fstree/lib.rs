//! File trees that hostile code has made, or changes in the meantime: deleted, counted, sent and received, on both sides of
//! a link.
//!
//! Nothing here recurses or follows a symbolic link. However deep a tree is, only a few directories are open at a time.
//! Everything that may take long is done in small steps.

mod budget;
mod cursor;
mod deletion;
mod entry_name;
mod errno;
mod give;
mod kind;
mod link_target;
mod receive;
mod send;
mod trail;
mod unlock;
mod usage;

pub use budget::Budget;
pub use cursor::Cursor;
pub use deletion::{Deletion, delete_tree};
pub use entry_name::entry_name;
pub use errno::{describe, errno, from_io, system};
pub use give::give;
pub use kind::kind;
pub use link_target::link_target;
pub use receive::{Draft, Receiver, Target, Unfinished, receive};
pub use send::{Source, Walk, append_data, open_top, send};
pub use usage::Usage;

#[cfg(test)]
mod tests;
