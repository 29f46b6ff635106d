/// More of a path is not kept: how deep a tree is, hostile code says.
const MOST: usize = 4096;

/// The way from the top of a tree to where one is, for messages.
#[derive(Debug, Default)]
pub struct Trail {
    path: Vec<u8>,
    /// How many names at the end were too many to keep.
    beyond: usize,
}

impl Trail {
    /// One name further.
    pub fn push(&mut self, name: &[u8]) {
        if self.beyond > 0 || self.path.len() + name.len() >= MOST {
            self.beyond += 1;
        } else {
            self.path.push(b'/');
            self.path.extend(name);
        }
    }

    /// One name back.
    pub fn pop(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else {
            let end = self.path.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
            self.path.truncate(end);
        }
    }

    /// The path of an entry where one is, or of that place itself when the name is empty.
    #[must_use]
    pub fn join(&self, name: &[u8]) -> Vec<u8> {
        let mut path = self.path.get(1..).unwrap_or_default().to_vec();
        if self.beyond > 0 {
            path.extend(b"/...");
        }
        if !path.is_empty() && !name.is_empty() {
            path.push(b'/');
        }
        path.extend(name);
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_told_as_a_path() {
        let mut trail = Trail::default();
        assert_eq!(trail.join(b""), b"");
        assert_eq!(trail.join(b"top"), b"top");
        trail.push(b"a");
        trail.push(b"b");
        assert_eq!(trail.join(b""), b"a/b");
        assert_eq!(trail.join(b"c"), b"a/b/c");
        trail.pop();
        assert_eq!(trail.join(b"c"), b"a/c");
        trail.pop();
        trail.pop();
        assert_eq!(trail.join(b"c"), b"c");
    }

    #[test]
    fn a_way_without_end_takes_no_memory() {
        let mut trail = Trail::default();
        for _ in 0..100_000 {
            trail.push(&[b'n'; 255]);
        }
        assert!(trail.join(b"x").len() < 5000);
        for _ in 0..99_999 {
            trail.pop();
        }
        assert_eq!(trail.join(b"x"), [&[b'n'; 255][..], b"/x"].concat());
    }
}
