use std::{
    io::{self, Write as _},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use cofferdam_protocol::{
    fs::search::{Found, MAX_FOUND},
    wire::message::encode,
};

/// Where the threads of a search report to.
#[derive(Default)]
pub struct Output {
    written: AtomicUsize,
    truncated: AtomicBool,
    turn: Mutex<()>,
}

impl Output {
    /// Reports something, unless that would be too much.
    pub fn report(&self, found: &Found) -> io::Result<()> {
        let message = encode(found)?;
        if self.written.fetch_add(message.len(), Ordering::Relaxed) + message.len() > MAX_FOUND {
            self.truncate();
            return Ok(());
        }
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        io::stdout().write_all(&message)
    }

    /// Ends the search before everything was found.
    pub fn truncate(&self) {
        self.truncated.store(true, Ordering::Relaxed);
    }

    /// Whether the search is to end.
    pub fn is_truncated(&self) -> bool {
        self.truncated.load(Ordering::Relaxed)
    }

    /// Reports the end. Nothing can be reported after it.
    pub fn finish(last: &Found) -> io::Result<()> {
        io::stdout().write_all(&encode(last)?)?;
        io::stdout().flush()
    }
}
