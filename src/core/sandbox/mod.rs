//! Sandboxes: what one is, how it comes to life, and all who use it at the same time.

mod context;
mod directory;
mod exec;
mod handle;
mod health;
mod id;
mod info;
mod janitor;
mod job;
mod lease;
mod lifecycle;
mod mount;
mod options;
mod profile;
mod record;
mod registry;
mod rescue;
mod session;
mod spec;
mod task;
mod workspace;

pub use cofferdam_protocol::file::Entry;
pub use exec::ExecResult;
pub use handle::Sandbox;
pub use health::{Health, Usage};
pub use id::SandboxId;
pub use info::{Info, Ready};
pub use janitor::{Cleaned, Policy};
pub use job::ExecOptions;
pub use mount::{MountOption, MountSource};
pub(crate) use options::validate_environment;
pub use options::{Ids, Network, Options, User, WorkspaceOption};
pub use profile::Profile;
pub use registry::{Sandboxes, Summary};
pub use session::{Session, milliseconds};
pub use task::{Task, TaskResult};
