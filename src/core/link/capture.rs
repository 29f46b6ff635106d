//! The part of a command's output that its result contains.

use cofferdam_protocol::Tail;

/// Collects one output stream of a command.
#[derive(Debug)]
pub struct Capture {
    limit: usize,
    /// The first bytes, up to the limit.
    head: Vec<u8>,
    /// The last bytes past the limit, at most half the limit.
    tail: Tail,
    /// How many bytes arrived.
    received: u64,
}

/// What is kept of one output stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// The bytes. If some were omitted, a line in the middle says how many.
    pub bytes: Vec<u8>,
    /// How many bytes the command wrote.
    pub total: u64,
    /// Whether any bytes were omitted.
    pub truncated: bool,
}

impl Capture {
    /// Keeps output of up to `limit` bytes completely; of more, the first and the last `limit / 2` bytes.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { limit, head: Vec::new(), tail: Tail::new(limit / 2), received: 0 }
    }

    /// Adds output as it arrives.
    pub fn push(&mut self, data: &[u8]) {
        self.received += data.len() as u64;
        let (head, rest) = data.split_at(data.len().min(self.limit - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.push(rest);
    }

    /// Adds the last bytes that the agent kept past the limit.
    pub fn push_tail(&mut self, data: &[u8]) {
        self.tail.push(data);
    }

    /// What was kept. `total` is the agent's count of bytes; without it, the bytes that arrived count.
    #[must_use]
    pub fn finish(self, total: Option<u64>) -> Captured {
        let total = total.unwrap_or(self.received).max(self.head.len() as u64);
        if total <= self.limit as u64 {
            return Captured { bytes: self.head, total, truncated: false };
        }
        let half = self.limit / 2;
        let tail = self.tail.into_bytes();
        // If the output is only a little over the limit, its last half begins within the first `limit` bytes.
        let (first, second) = self.head.split_at(half.min(self.head.len()));
        let from_head = half.saturating_sub(tail.len()).min(second.len());
        let last = [second.get(second.len() - from_head..).unwrap_or_default(), &tail].concat();
        let first = without_cut_end(first);
        let last = without_cut_start(&last);
        let missing = total.saturating_sub((first.len() + last.len()) as u64);
        let line = format!("\n[... {missing} bytes omitted ...]\n");
        Captured { bytes: [first, line.as_bytes(), last].concat(), total, truncated: true }
    }
}

/// The bytes without an incomplete UTF-8 sequence at the end.
fn without_cut_end(bytes: &[u8]) -> &[u8] {
    for back in 1..=bytes.len().min(3) {
        let start = bytes.len() - back;
        let length = match bytes.get(start) {
            Some(0b1000_0000..=0b1011_1111) => continue,
            Some(0b1100_0000..=0b1101_1111) => 2,
            Some(0b1110_0000..=0b1110_1111) => 3,
            Some(0b1111_0000..=0b1111_0111) => 4,
            _ => 1,
        };
        return if length > back { bytes.get(..start).unwrap_or_default() } else { bytes };
    }
    bytes
}

/// The bytes without the rest of a UTF-8 sequence that began before them.
fn without_cut_start(bytes: &[u8]) -> &[u8] {
    let continuation = |byte: &&u8| matches!(**byte, 0b1000_0000..=0b1011_1111);
    let cut = bytes.iter().take(3).take_while(continuation).count();
    bytes.get(cut..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capture(limit: u64, output: &[u8], piece: usize) -> Captured {
        let mut capture = Capture::new(limit);
        output.chunks(piece).for_each(|data| capture.push(data));
        capture.finish(None)
    }

    #[test]
    fn output_up_to_the_limit_is_kept_completely() {
        for size in [0, 1, 99, 100] {
            let output = vec![b'x'; size];
            let expected = Captured { bytes: output.clone(), total: size as u64, truncated: false };
            assert_eq!(capture(100, &output, 7), expected);
        }
    }

    #[test]
    fn longer_output_keeps_its_first_and_last_half_around_the_count() {
        let output: Vec<u8> = (b'a'..=b'z').cycle().take(1000).collect();
        for (size, piece) in [(101, 1), (101, 101), (149, 10), (150, 150), (151, 3), (1000, 64), (1000, 1000)]
        {
            let output = &output[..size];
            let line = format!("\n[... {} bytes omitted ...]\n", size - 100);
            let expected = [&output[..50], line.as_bytes(), &output[size - 50..]].concat();
            let captured = capture(100, output, piece);
            assert_eq!(String::from_utf8(captured.bytes).unwrap(), String::from_utf8(expected).unwrap());
            assert!(captured.truncated && captured.total == size as u64);
        }
    }

    #[test]
    fn the_agents_tail_replaces_what_it_dropped() {
        let mut capture = Capture::new(10);
        capture.push(b"0123456789");
        capture.push_tail(b"vwxyz");
        let captured = capture.finish(Some(1_000_000));
        assert_eq!(captured.bytes, b"01234\n[... 999990 bytes omitted ...]\nvwxyz");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        for character in ["é", "€", "😀"] {
            let output = character.repeat(300);
            for limit in 2..40 {
                for shift in 0..4 {
                    let output = ["x".repeat(shift).as_str(), &output].concat();
                    let captured = capture(limit, output.as_bytes(), 5);
                    let text = String::from_utf8(captured.bytes).unwrap();
                    let kept = text.len() - text.find("\n[").unwrap().abs_diff(text.find("]\n").unwrap() + 2);
                    assert!(
                        text.contains(&format!("[... {} bytes omitted ...]", output.len() - kept)),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_limit_of_zero_keeps_only_the_count() {
        assert_eq!(capture(0, b"abc", 1).bytes, b"\n[... 3 bytes omitted ...]\n");
    }
}
