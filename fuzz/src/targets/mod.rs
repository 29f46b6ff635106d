//! The targets, one a file.

pub mod agent_messages;
pub mod archive;
pub mod build_messages;
pub mod docker_ignore;
pub mod engine_answers;
pub mod engine_streams;
pub mod guest_paths;
pub mod host_link;
pub mod host_messages;
pub mod host_operations;
pub mod host_paths;
pub mod log_frames;
mod messages;
pub mod names;
mod piece_model;
mod pieces;
mod play;
pub mod receiver;
mod scratch;
pub mod sizes;
mod tar_input;
