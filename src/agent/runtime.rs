use std::{error::Error, future::Future, io};

use tokio::runtime::{Builder, LocalOptions};

/// Runs the agent's one thread until `work` is done.
pub fn run(work: impl Future<Output = io::Result<()>> + 'static) -> Result<(), Box<dyn Error>> {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_io().enable_time().build_local(LocalOptions::default())?;
    // As a task: what wakes the future that the runtime itself runs goes through a system call.
    runtime.block_on(runtime.spawn_local(work))??;
    Ok(())
}
