//! The configuration of a new container.

mod body;
mod check;
mod container_config;
mod device;
mod endpoint;
mod given;
mod health;
mod limits;
mod mount;
mod nulls;
mod port;
mod restart;
#[cfg(test)]
mod tests;
mod time;
mod ulimit;
mod update;

pub use container_config::ContainerConfig;
pub(super) use endpoint::endpoint;
pub use limits::Defaults;
pub(super) use update::update;
