//! Sessions: sandboxes that are created explicitly, each with options of its own, and last until they are destroyed.

mod session;
pub mod sessions;

pub use session::Session;
