use super::{id::SandboxId, registry::Sandboxes};
use crate::{
    engine::container::Listed,
    error::{Error, Result},
    label,
};

impl Sandboxes {
    /// Unmounts the disks of sandboxes whose container does not run and that no process holds: a process that died has left them,
    /// or somebody on the host looked into them when they were to go. What could not be done: of what, and why.
    pub(super) async fn put_idle_disks_away(&self, containers: &[Listed]) -> Result<Vec<(String, Error)>> {
        let directory = self.context().directory().await?;
        let up = |id: &SandboxId| {
            containers.iter().any(|container| {
                container.state.is_up()
                    && container.labels.get(label::SANDBOX).is_some_and(|name| name == id.as_str())
            })
        };
        let mut failures = Vec::new();
        for id in directory.disks()?.into_iter().filter(|id| !up(id)) {
            if let Err(error) = self.put_idle_disk_away(&id).await {
                failures.push((id.to_string(), error));
            }
        }
        Ok(failures)
    }

    async fn put_idle_disk_away(&self, id: &SandboxId) -> Result<()> {
        let (engine, directory) = tokio::try_join!(self.context().engine(), self.context().directory())?;
        let Ok(true) = directory.disk(id).is_mounted() else { return Ok(()) };
        // Whoever takes the lease holds this.
        let Some(lock) = directory.try_creation(id)? else { return Ok(()) };
        if directory.is_leased(id)? {
            return Ok(());
        }
        self.context().put_away(&engine, &directory, id, &lock).await
    }
}
