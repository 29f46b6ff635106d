use super::rune::Rune;

/// The longest line, in bytes: Docker's client fails at longer ones.
const MAX_LINE: usize = 64 * 1024 - 1;

/// A pattern, and the number of its line.
pub type Numbered = (usize, Vec<Rune>);

/// The patterns of a `.dockerignore`, each with the number of its line, and with its `!` if it is an exception. Both are taken
/// through Docker's own two steps of cleaning, one when the file is read and one when the patterns are compiled.
///
/// # Errors
/// The number of a line that Docker's client does not accept, and what is wrong with it.
pub fn patterns(content: &[u8]) -> Result<Vec<Numbered>, (usize, &'static str)> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    let content = content.strip_prefix(MARK).unwrap_or(content);
    let mut patterns = Vec::new();
    for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        if line.len() > MAX_LINE {
            return Err((number, "it is longer than 65535 bytes"));
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Only at the beginning of a line is it a comment.
        if line.starts_with(b"#") {
            continue;
        }
        let line = Rune::all(line);
        let line = Rune::trim(&line);
        let (exception, rest) = match line.split_first() {
            None => continue,
            Some((first, rest)) if first.is('!') => (true, Rune::trim(rest)),
            Some(_) => (false, line),
        };
        let mut pattern = if rest.is_empty() { Vec::new() } else { clean(rest) };
        if pattern.len() > 1 && pattern.first().is_some_and(|first| first.is('/')) {
            pattern.remove(0);
        }
        if exception {
            pattern.insert(0, Rune::Char('!'));
        }
        let pattern = Rune::trim(&pattern);
        if !pattern.is_empty() {
            patterns.push((number, clean(pattern)));
        }
    }
    Ok(patterns)
}

/// The shortest way to write a path, as Go's `filepath.Clean`: without empty components, `.` and `x/..`.
fn clean(path: &[Rune]) -> Vec<Rune> {
    let rooted = path.first().is_some_and(|first| first.is('/'));
    let mut names: Vec<&[Rune]> = Vec::new();
    for name in path.split(|rune| rune.is('/')) {
        match name {
            [] => {}
            [dot] if dot.is('.') => {}
            name if is_parent(name) => match names.last() {
                Some(last) if !is_parent(last) => drop(names.pop()),
                _ if rooted => {}
                _ => names.push(name),
            },
            name => names.push(name),
        }
    }
    let joined = names.join(&Rune::Char('/'));
    match (rooted, joined.is_empty()) {
        (true, _) => [&[Rune::Char('/')], joined.as_slice()].concat(),
        (false, true) => vec![Rune::Char('.')],
        (false, false) => joined,
    }
}

fn is_parent(name: &[Rune]) -> bool {
    matches!(name, [one, two] if one.is('.') && two.is('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        let patterns = patterns(text.as_bytes()).unwrap();
        patterns.iter().flat_map(|(_, pattern)| pattern).map(|rune| rune.char()).collect()
    }

    #[test]
    fn patterns_that_mean_the_same_are_the_same() {
        for text in [
            "a/b",
            "\u{feff}a/b",
            "/a/b/",
            "./a//b",
            "//a/b",
            "././a/./b/.",
            "x/../a/b",
            "/../a/b",
            "  a/b\t\r",
            "#\na/b",
            "\u{a0}a/b\u{2003}",
        ] {
            assert_eq!(cleaned(text), "a/b", "{text:?}");
        }
        for (text, pattern) in [
            (" #x", "#x"),
            ("! a/", "!a"),
            ("/", "/"),
            ("/ a", "a"),
            ("../a", "../a"),
            ("a/..", "."),
            ("!/", "!"),
        ] {
            assert_eq!(cleaned(text), pattern, "{text:?}");
        }
    }

    #[test]
    fn a_line_has_a_largest_length() {
        assert!(patterns(&b"a".repeat(MAX_LINE)).is_ok());
        assert_eq!(patterns(&[b"a\n".to_vec(), b"a".repeat(MAX_LINE + 1)].concat()).unwrap_err().0, 2);
    }
}
