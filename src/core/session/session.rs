use std::time::SystemTime;

use crate::{engine::container::State, store::record::Record, workspace::limit::DiskInfo};

/// A session at the moment.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// What it was created with.
    pub record: Record,
    /// Its container's id and state, if it has one.
    pub container: Option<(String, State)>,
    /// How much its files may take.
    pub disk: DiskInfo,
    /// When it was last used.
    pub last_activity: SystemTime,
}
