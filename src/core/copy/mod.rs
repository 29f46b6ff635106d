//! The host's side of copies: trees of files into a sandbox and out of it.

pub(crate) mod archive;
pub(crate) mod await_end;
pub mod options;
pub(crate) mod transfer;
