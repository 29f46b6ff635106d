//! Calls about containers.

mod archive;
mod attach;
mod change;
mod create;
mod inspect;
mod list;
mod logs;
mod model;
mod remove;
mod state;
mod wait;

pub use archive::{Extraction, export, extract, read, stat};
pub(in crate::engine) use archive::{fetch, has_path};
pub use attach::{Attach, attach, resize};
pub use change::{kill, pause, rename, restart, start, stop, unpause, update, update_limits};
pub use create::create;
pub use inspect::{changes, find, inspect, stats, top};
pub use list::{list, prune, with_label};
pub use logs::{LogOptions, logs};
pub use model::{CPU_PERIOD, Container, Limits, Listed};
pub use remove::remove;
pub use state::State;
pub use wait::wait;
