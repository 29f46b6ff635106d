//! Sandboxes: what one is, how it comes to life, and all who use it at the same time.

mod delete;
mod directory;
mod exec;
mod id;
mod lease;
mod lifecycle;
mod mount;
mod options;
mod registry;
mod rescue;
mod sandbox;
mod spec;
mod workspace;

pub use exec::{ExecOptions, ExecResult};
pub use id::SandboxId;
pub use mount::{MountOption, MountSource};
pub use options::{Ids, Network, Options, User, WorkspaceOption};
pub use registry::{Sandboxes, Summary};
pub use sandbox::{Info, Ready, Sandbox};
