//! Calls about containers.

mod archive;
mod change;
mod create;
mod inspect;
mod list;
mod logs;
mod model;
mod remove;
mod wait;

pub(in crate::engine) use archive::{extract, has_path};
pub use change::{kill, pause, rename, restart, start, stop, unpause, update_limits};
pub use create::create;
pub use inspect::{changes, find, inspect, stats, top};
pub use list::{list, prune, with_label};
pub use logs::{LogOptions, logs};
pub use model::{CPU_PERIOD, Container, Limits, Listed, State};
pub use remove::remove;
pub use wait::wait;
