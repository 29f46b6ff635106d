use std::{error::Error, future::Future, io};

use tokio::runtime::{Builder, LocalOptions};

/// Runs the agent's only thread until `work` is done.
pub fn run(work: impl Future<Output = io::Result<()>> + 'static) -> Result<(), Box<dyn Error>> {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_io().enable_time().build_local(LocalOptions::default())?;
    // A task of its own, because waking the future that `block_on` polls itself takes a system call.
    runtime.block_on(runtime.spawn_local(work))??;
    Ok(())
}
