//! The host's side of a command: from the request to the result, deadlines included.

pub(crate) mod failure;
pub mod request;
pub mod result;
pub(crate) mod run;
pub(crate) mod supervise;
