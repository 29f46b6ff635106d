/// A file that holds one number. `None` for `max`, the word for "no limit".
pub fn number(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// One entry of a file whose lines are `name value`.
pub fn entry(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    value.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_and_max_is_none() {
        assert_eq!(number("512\n"), Some(512));
        assert_eq!(number("max\n"), None);
        assert_eq!(number(""), None);
    }

    #[test]
    fn an_entry_is_found_by_its_whole_name() {
        assert_eq!(entry("oom_kill_disable 0\noom_kill 3\n", "oom_kill"), Some(3));
        assert_eq!(entry("oom_kill_disable 1\n", "oom_kill"), None);
        assert_eq!(entry("oom_kill many\n", "oom_kill"), None);
    }
}
