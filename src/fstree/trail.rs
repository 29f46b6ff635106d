/// The most bytes of a path that are kept: hostile code decides how deep a tree is.
const MOST: usize = 4096;

/// The path from the top of a tree to the current directory, for error messages.
#[derive(Debug, Default)]
pub struct Trail {
    path: Vec<u8>,
    /// How many names at the end are not kept.
    beyond: usize,
}

impl Trail {
    /// Goes down by one name.
    pub fn push(&mut self, name: &[u8]) {
        if self.beyond > 0 || self.path.len() + name.len() >= MOST {
            self.beyond += 1;
        } else {
            self.path.push(b'/');
            self.path.extend(name);
        }
    }

    /// Goes up by one name.
    pub fn pop(&mut self) {
        if self.beyond > 0 {
            self.beyond -= 1;
        } else {
            let end = self.path.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
            self.path.truncate(end);
        }
    }

    /// The path of an entry of the current directory, or of the directory itself when the name is empty.
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
    fn the_trail_is_a_path() {
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
    fn an_endless_trail_takes_no_memory() {
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
