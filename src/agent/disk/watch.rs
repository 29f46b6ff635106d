use std::{convert::Infallible, time::Duration};

use tokio::time::sleep;

use super::limit::DiskLimit;

/// The interval between looks at the free space while commands run. A look is one system call.
const LOOK: Duration = Duration::from_millis(50);

/// The interval when only processes that commands have left behind run.
const REST: Duration = Duration::from_millis(500);

/// What may write to the workspace.
pub trait Writers {
    /// Whether a command is running.
    fn is_running(&self) -> bool;

    /// Whether a command that has ended has left processes behind.
    fn has_left_behind(&self) -> bool;

    /// Kills the processes that ended commands have left behind. Running commands wait for
    /// [`DiskLimit::exceeded`] themselves.
    fn kill_left_behind(&self) -> impl Future<Output = ()>;
}

/// Watches the workspace forever, but only reads it while something may write to it.
pub async fn watch(disk: &DiskLimit, writers: &impl Writers) {
    loop {
        disk.touched().await;
        if !disk.is_counted() {
            disk.count().await;
        }
        loop {
            // Before the look, so that a command that ends meanwhile gets one more.
            let running = writers.is_running();
            let left_behind = !running && writers.has_left_behind();
            sleep(if left_behind { REST } else { LOOK }).await;
            if disk.is_exceeded().await {
                disk.end_writers();
                writers.kill_left_behind().await;
            }
            if !running && !left_behind {
                break;
            }
        }
    }
}

/// Keeps the workspace watched for as long as it is polled: files that are received are written by no command.
pub async fn attend(disk: &DiskLimit) -> Infallible {
    loop {
        disk.touch();
        sleep(LOOK).await;
    }
}
