//! What a sandbox is defined by.

use std::sync::Arc;

use super::Site;
use crate::{
    blocking::blocking,
    config::{
        id::SandboxId,
        options::Options,
        user::{Ids, User},
        user_range::{OF_HOST, OF_NAMESPACE},
    },
    engine::Engine,
    error::Result,
    store::data_directory::DataDirectory,
};

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

impl Definition {
    /// The ids that its commands run with. A sandbox with a user of its own is given one on the first call.
    ///
    /// # Errors
    /// `CONFLICT` when no user id is left; `FILE_ERROR`; those of any call.
    pub async fn ids(&self, engine: &Arc<Engine>, directory: &Arc<DataDirectory>) -> Result<Ids> {
        if let Some(common) = self.options.user.common() {
            return Ok(common);
        }
        let range = match self.options.user {
            User::Unique(Some(range)) => range,
            _ if self.site.features(engine).await?.user_namespace => OF_NAMESPACE,
            _ => OF_HOST,
        };
        let (directory, id) = (Arc::clone(directory), self.id.clone());
        blocking(move || directory.users.take(&id, range)).await
    }
}
