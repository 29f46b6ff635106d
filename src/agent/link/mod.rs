//! Links to host processes: how one is accepted, served, and its requests dispatched.

mod accept;
pub mod bridge;
mod control;
mod dispatch;
mod duplex;
mod serve;

pub use accept::accept;
pub use duplex::Duplex;
pub use serve::serve;
