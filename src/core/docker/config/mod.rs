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

pub use container_config::ContainerConfig;
pub use limits::Defaults;
