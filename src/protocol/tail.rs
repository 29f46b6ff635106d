/// Keeps the last bytes of a stream in constant memory.
#[derive(Debug)]
pub struct Tail {
    capacity: usize,
    ring: Vec<u8>,
    /// The position of the oldest byte once the ring is full.
    oldest: usize,
}

impl Tail {
    /// Keeps the last `capacity` bytes. Allocates nothing until the first byte.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { capacity, ring: Vec::new(), oldest: 0 }
    }

    /// Adds bytes, and drops the oldest.
    pub fn push(&mut self, data: &[u8]) {
        let data = data.get(data.len().saturating_sub(self.capacity)..).unwrap_or_default();
        let (fill, data) = data.split_at(data.len().min(self.capacity - self.ring.len()));
        self.ring.extend_from_slice(fill);
        // The rest replaces the oldest bytes, in at most two pieces.
        let (first, second) = data.split_at(data.len().min(self.ring.len() - self.oldest));
        self.replace(first);
        self.replace(second);
    }

    fn replace(&mut self, data: &[u8]) {
        if let Some(place) = self.ring.get_mut(self.oldest..self.oldest + data.len()) {
            place.copy_from_slice(data);
        }
        self.oldest += data.len();
        if self.oldest == self.ring.len() && self.ring.len() == self.capacity {
            self.oldest = 0;
        }
    }

    /// The bytes that were kept, oldest first.
    #[must_use]
    pub fn into_bytes(mut self) -> Vec<u8> {
        self.ring.rotate_left(self.oldest);
        self.ring
    }
}

#[cfg(test)]
mod tests {
    use super::Tail;

    #[test]
    fn the_last_bytes_are_kept_however_they_are_split() {
        let all: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for capacity in [0, 1, 2, 7, 64, 999, 1000, 1001] {
            for piece in [1, 3, 7, 64, 65, 1000] {
                let mut tail = Tail::new(capacity);
                all.chunks(piece).for_each(|data| tail.push(data));
                assert_eq!(tail.into_bytes(), all[1000 - capacity.min(1000)..], "{capacity} {piece}");
            }
        }
    }
}
