//! Images: pulled, built, tagged, listed and removed.

mod archive;
mod build;
mod context;
mod entries;
pub(crate) mod ignore;
mod manage;
mod pull;
pub(crate) mod reference;

pub use crate::engine::api::image::BuildParameters;
pub use build::{Build, build};
pub use manage::{commit, history, list, remove, tag};
pub use pull::{Pull, pull};
