//! Finding an engine: its configured or usual addresses, and whether it answers there.

pub mod address;
pub mod context;
pub mod endpoint;
pub mod environment;
mod places;
pub mod probe;
pub mod search;
pub mod source;
