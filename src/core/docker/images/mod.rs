//! Images: pulled, built, tagged, listed and removed.

mod archive;
mod build;
mod context;
mod entries;
pub(crate) mod ignore;
mod manage;
mod pull;
mod push;
pub(crate) mod reference;
pub(crate) mod trace;
mod transfer;

pub use crate::docker::registry_auth::Credentials;
pub use crate::engine::api::build::BuildParameters;
pub use build::{Build, build, is_buildkit};
pub use manage::{commit, history, list, remove, tag};
pub use pull::{Pull, pull};
pub use push::{Push, push};
pub use transfer::{ImportParameters, Load, import, load, save, search};
