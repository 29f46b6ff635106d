//! What a sandbox is defined by.

use std::sync::Arc;

use super::Site;
use crate::config::{id::SandboxId, options::Options};

/// One sandbox as defined: its id, its options and its site. It says nothing about whether a container exists.
#[derive(Clone)]
pub struct Definition {
    /// The id.
    pub id: SandboxId,
    /// The options.
    pub options: Arc<Options>,
    /// The site.
    pub site: Arc<Site>,
}
