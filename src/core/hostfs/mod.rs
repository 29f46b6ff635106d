//! The host's file system, where any path may be changed at any moment: by hostile code in a sandbox that can write to a part
//! of it, or by another user of the machine. Paths are resolved once, link by link, and what they led to is held open.

mod held;
mod identity;
mod memory;
mod pinned;
mod refusal;
mod resolve;

pub use held::{Held, MAX_SETTINGS, read_small};
pub use identity::Identity;
pub use memory::is_in_memory;
pub use pinned::Pinned;
pub use refusal::Refusal;
pub use resolve::{Links, Resolved, is_data_directory, resolve};
