//! The data directory: the workspaces, and what processes remember for each other in `.cofferdam`.

pub mod data_directory;
pub mod failure;
pub mod lease;
mod listing;
pub mod lock;
mod names;
mod namespace;
mod new_file;
pub mod record;
