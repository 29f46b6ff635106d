//! The container of a sandbox: what it is, how it is brought up, connected to, stopped and removed.

pub mod bring_up;
mod connect;
pub mod connection;
mod create;
mod diagnose;
mod failure;
pub mod find;
pub mod home;
mod kernel_limits;
pub mod lifted;
mod live;
pub mod loss;
mod masked;
mod names;
mod network;
mod oom_streak;
mod podman;
pub mod posture;
pub mod remove;
pub mod rescue;
mod reuse;
mod seccomp;
mod socket_memory;
mod sources;
mod start;
pub mod stop;
pub mod with_running;

pub use connection::Connection;
pub use live::Live;
