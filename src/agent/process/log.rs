use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use cofferdam_protocol::process::{Output, handle::Position};
use tokio::sync::{Notify, futures::Notified};

/// The last output of a detached process. It never waits for a reader: who is too slow finds a gap.
pub struct Log {
    stdout: RefCell<Ring>,
    stderr: RefCell<Ring>,
    closed: Cell<bool>,
    changed: Notify,
}

/// A place in the output, as offsets in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// In standard output.
    pub stdout: u64,
    /// In standard error.
    pub stderr: u64,
}

/// A piece of output, and how many bytes before it are no longer kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    /// The missing bytes.
    pub gap: u64,
    /// The bytes that follow.
    pub data: Vec<u8>,
}

impl Log {
    /// Keeps `capacity` bytes of each stream. A process in a terminal has only one.
    pub fn new(capacity: u64, terminal: bool) -> Self {
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        Self {
            stdout: RefCell::new(Ring::new(capacity)),
            stderr: RefCell::new(Ring::new(if terminal { 0 } else { capacity })),
            closed: Cell::new(false),
            changed: Notify::new(),
        }
    }

    /// Adds output.
    pub fn push(&self, stream: Output, data: &[u8]) {
        self.ring(stream).borrow_mut().push(data);
        self.changed.notify_waiters();
    }

    /// Nothing more will come: gives back the memory that is not needed.
    pub fn close(&self) {
        for ring in [&self.stdout, &self.stderr] {
            let mut ring = ring.borrow_mut();
            ring.bytes.shrink_to_fit();
            ring.capacity = ring.bytes.len();
        }
        self.closed.set(true);
        self.changed.notify_waiters();
    }

    /// Whether nothing more will come.
    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Waits for more. To miss nothing, call this before reading.
    pub fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }

    /// Where to begin for this position. One that lies in the future begins now.
    pub fn place(&self, position: Position) -> Place {
        let (stdout, stderr) = (self.stdout.borrow(), self.stderr.borrow());
        match position {
            Position::Start => Place { stdout: stdout.start(), stderr: stderr.start() },
            Position::Now => Place { stdout: stdout.end, stderr: stderr.end },
            Position::At { stdout: out, stderr: err } => {
                Place { stdout: out.min(stdout.end), stderr: err.min(stderr.end) }
            }
        }
    }

    /// Reads at most `limit` bytes of a stream and moves the place on; `None` when there is nothing more yet.
    pub fn read(&self, stream: Output, place: &mut Place, limit: usize) -> Option<Piece> {
        let at = match stream {
            Output::Stdout => &mut place.stdout,
            Output::Stderr => &mut place.stderr,
        };
        let piece = self.ring(stream).borrow().read(*at, limit)?;
        *at += piece.gap + piece.data.len() as u64;
        Some(piece)
    }

    /// The most bytes that it may take.
    pub fn reserved(&self) -> u64 {
        (self.stdout.borrow().reserved() + self.stderr.borrow().reserved()) as u64
    }

    fn ring(&self, stream: Output) -> &RefCell<Ring> {
        match stream {
            Output::Stdout => &self.stdout,
            Output::Stderr => &self.stderr,
        }
    }
}

struct Ring {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// How many bytes were ever added.
    end: u64,
}

impl Ring {
    fn new(capacity: usize) -> Self {
        Self { bytes: VecDeque::new(), capacity, end: 0 }
    }

    fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    fn reserved(&self) -> usize {
        self.capacity
    }

    fn push(&mut self, data: &[u8]) {
        self.end += data.len() as u64;
        let kept = data.get(data.len().saturating_sub(self.capacity)..).unwrap_or_default();
        let excess = (self.bytes.len() + kept.len()).saturating_sub(self.capacity);
        self.bytes.drain(..excess);
        self.bytes.extend(kept);
    }

    fn read(&self, at: u64, limit: usize) -> Option<Piece> {
        if at >= self.end {
            return None;
        }
        let gap = self.start().saturating_sub(at);
        let skipped = usize::try_from((at + gap) - self.start()).unwrap_or(usize::MAX);
        let data = self.bytes.range(skipped.min(self.bytes.len())..).take(limit).copied().collect();
        Some(Piece { gap, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(log: &Log, place: &mut Place) -> Option<(u64, String)> {
        let piece = log.read(Output::Stdout, place, 4)?;
        Some((piece.gap, String::from_utf8(piece.data).unwrap()))
    }

    #[test]
    fn what_is_kept_is_read_in_order_and_what_is_gone_is_a_gap() {
        let log = Log::new(6, false);
        log.push(Output::Stdout, b"abc");
        let mut place = log.place(Position::Start);
        assert_eq!(read(&log, &mut place), Some((0, "abc".to_owned())));
        assert_eq!(read(&log, &mut place), None);
        log.push(Output::Stdout, b"defghijkl");
        assert_eq!(read(&log, &mut place), Some((3, "ghij".to_owned())));
        assert_eq!(read(&log, &mut place), Some((0, "kl".to_owned())));
        assert_eq!(place, Place { stdout: 12, stderr: 0 });
    }

    #[test]
    fn positions_begin_where_they_say() {
        let log = Log::new(4, false);
        log.push(Output::Stdout, b"abcdef");
        assert_eq!(log.place(Position::Start).stdout, 2);
        assert_eq!(log.place(Position::Now).stdout, 6);
        assert_eq!(log.place(Position::At { stdout: 1, stderr: 9 }), Place { stdout: 1, stderr: 0 });
        let mut place = log.place(Position::At { stdout: 0, stderr: 0 });
        assert_eq!(read(&log, &mut place), Some((2, "cdef".to_owned())));
    }

    #[test]
    fn a_log_without_room_keeps_nothing_and_says_so() {
        let log = Log::new(0, false);
        log.push(Output::Stdout, b"abc");
        let mut place = Place { stdout: 0, stderr: 0 };
        assert_eq!(read(&log, &mut place), Some((3, String::new())));
        assert_eq!(read(&log, &mut place), None);
    }

    #[test]
    fn an_ended_log_takes_what_it_holds() {
        let log = Log::new(1000, true);
        assert_eq!(log.reserved(), 1000);
        log.push(Output::Stdout, b"abc");
        log.close();
        assert_eq!(log.reserved(), 3);
    }
}
