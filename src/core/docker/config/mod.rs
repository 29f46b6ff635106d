//! The configuration of a new container.

mod body;
mod check;
mod container_config;
mod given;
mod limits;
mod mount;
mod nulls;
mod port;
mod restart;
#[cfg(test)]
mod tests;

pub use container_config::ContainerConfig;
pub use limits::Defaults;
