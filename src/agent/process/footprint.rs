use std::fs;

use nix::unistd::Pid;

/// How much one page fault can add to a process, in bytes: the kernel maps that much of a file at once. Huge pages that a
/// program asks for can add more.
const FAULT: u64 = 64 * 1024;

/// How large a process that has ended was, and the children that it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// The most memory that it, or any of those children and of their own, had at once, in bytes.
    pub peak: u64,
    /// The most memory that it can have had itself.
    pub own: u64,
}

impl Footprint {
    /// From what `wait4` and [`own_of_zombie`] have told.
    pub fn new(peak_kib: i64, own: Option<u64>) -> Self {
        let peak = u64::try_from(peak_kib).unwrap_or_default().saturating_mul(1024);
        Self { peak, own: own.unwrap_or(peak).min(peak) }
    }

    /// Whether it may have been the largest of them, so that the kernel would have chosen it.
    pub fn was_largest(self) -> bool {
        self.own == self.peak
    }
}

/// The most memory that a process that has ended, and is not reaped yet, can have had itself: `wait4` does not tell it
/// from its children's. `None` if it has waited for no child.
pub fn own_of_zombie(pid: Pid) -> Option<u64> {
    own(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn own(stat: &str) -> Option<u64> {
    // The name in parentheses may contain anything.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(7).map_while(|field| field.parse::<u64>().ok());
    let (minor, minor_of_children, major, major_of_children) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    (minor_of_children + major_of_children > 0).then(|| (minor + major).saturating_mul(FAULT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_no_larger_than_its_own_page_faults() {
        let stat = "7 (a) b) Z 1 7 7 0 -1 4228356 100 20000 2 1 0 0 0 0 39 19 1 0 5 0 0\n";
        assert_eq!(own(stat), Some(102 * FAULT));
        assert_eq!(own("7 (sh) Z 1 7 7 0 -1 4228356 100 0 2 0 0 0\n"), None);
        assert_eq!(own(""), None);
    }

    #[test]
    fn one_that_is_smaller_than_a_child_was_not_the_largest() {
        assert!(Footprint { peak: 5, own: 5 }.was_largest());
        assert!(!Footprint { peak: 5, own: 4 }.was_largest());
    }
}
