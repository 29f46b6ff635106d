//! The soft limit on the size of the workspace: the files are counted while something may write, and commands that
//! exceed the limit are killed.

mod count;
mod held;
mod limit;
mod watch;

pub use limit::DiskLimit;
pub use watch::{Writers, attend, watch};
