use std::{cell::RefCell, collections::VecDeque};

use tokio::task::{AbortHandle, spawn_local};

use crate::descriptor::Descriptor;

/// The maximum number of pipes that are kept: the agent has 1024 descriptors for everything.
const MAX_DRAINS: usize = 256;

/// Output pipes that background processes still hold after their command has ended. They are read and the output is
/// discarded: a closed or full pipe would kill or block a server that keeps writing to its log.
#[derive(Default)]
pub struct Drains(RefCell<VecDeque<AbortHandle>>);

impl Drains {
    /// Reads the pipe until its last writer is gone.
    pub fn add(&self, pipe: Descriptor) {
        let mut drains = self.0.borrow_mut();
        drains.retain(|drain| !drain.is_finished());
        if drains.len() >= MAX_DRAINS
            && let Some(oldest) = drains.pop_front()
        {
            oldest.abort();
        }
        drains.push_back(spawn_local(drain(pipe)).abort_handle());
    }
}

async fn drain(pipe: Descriptor) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = pipe.read(&mut buffer).await {}
}
