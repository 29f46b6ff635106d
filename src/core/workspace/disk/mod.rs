//! Disks of workspaces: sparse files that contain a file system as large as the workspace may become.

mod disk;
mod failure;
mod image;
mod loop_device;
mod mount;
mod size;
mod superblock;
mod tool;

pub use disk::{Disk, Mounted};
pub use failure::{failed, is_unsupported};

#[cfg(test)]
mod tests;
