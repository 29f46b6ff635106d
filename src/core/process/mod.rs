//! Processes with a handle: they run on while the host does something else.

mod control;
mod driver;
pub mod piece;
pub mod process;
mod request;
mod result;

pub use control::{processes, resize, signal};
pub use piece::Piece;
pub use process::Process;
pub use request::{MAX_LOG, Requested, SpawnOptions};
pub use result::ProcessResult;
