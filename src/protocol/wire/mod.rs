//! How messages travel: a handshake, then many streams over one connection, each carrying length-delimited messages.

pub mod batch;
pub mod hello;
pub mod limits;
pub mod message;
pub mod mux;
