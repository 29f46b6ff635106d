//! Where cgroup v1 and v2 keep what they account for, and how to read it.
//!
//! No file of a cgroup is opened here: callers read them in their own way, from the disk or through the agent of a
//! container, and pass the text on. [`File::in_container`] and [`Directories::path`] say where a file is;
//! [`memory_used`] and the other functions say what its text means.

mod cpu;
mod directories;
mod files;
mod io;
mod membership;
mod memory;
mod oom;
mod pids;
mod text;
mod version;

pub use cpu::{cpu_throttled, cpu_time};
pub use directories::Directories;
pub use files::{Controller, File};
pub use io::bytes_transferred;
pub use memory::{memory_cache, memory_limit, memory_peak, memory_used};
pub use oom::oom_kills;
pub use pids::{pids, pids_limit, pids_refused};
pub use version::Version;
