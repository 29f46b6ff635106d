//! The native class behind `DockerManager`, `NetworkManager` and `VolumeManager`, one file for each of them.

mod docker_manager;
mod docker_manager_archives;
mod docker_manager_attach;
mod docker_manager_images;
mod native_manager;
mod network_manager;
mod network_manager_any;
mod volume_manager;

pub use native_manager::NativeManager;
