//! The data directory: the workspaces, and what processes remember for each other in `.cofferdam`.

pub mod data_directory;
pub mod failure;
pub mod lease;
mod listing;
pub mod lock;
mod names;
mod new_file;
mod random_id;
pub mod record;
mod secret;
pub mod users;
