use std::{iter::Peekable, ops::RangeInclusive, str::Chars};

/// A pattern of a `.dockerignore` file. Memory grows with the length of the pattern, and time with that length times the length of
/// the path. A regular expression could take far more of both, and the author of the context, who may be hostile, chooses the pattern.
#[derive(Debug)]
pub struct Pattern(Vec<Part>);

#[derive(Debug)]
enum Part {
    One(char),
    /// `?`
    Any,
    /// `[…]`
    Class {
        ranges: Vec<RangeInclusive<char>>,
        negated: bool,
    },
    /// `*`
    Name,
    /// `**`
    Path,
    /// `**/`: directories, or nothing.
    Directories,
}

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// What is wrong with it, without a quotation.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(next) = rest.next() {
            parts.push(match next {
                '*' if rest.next_if_eq(&'*').is_some() => {
                    while rest.next_if_eq(&'*').is_some() {}
                    if rest.next_if_eq(&'/').is_some() { Part::Directories } else { Part::Path }
                }
                '*' => Part::Name,
                '?' => Part::Any,
                '[' => class(&mut rest)?,
                '\\' => Part::One(rest.next().ok_or("it ends with a backslash")?),
                other => Part::One(other),
            });
        }
        Ok(Self(parts))
    }

    /// Whether it matches a path, or a directory above it.
    pub fn covers(&self, path: &str) -> bool {
        // Which parts may come next: the last place means that all of them have matched.
        let mut now = vec![false; self.0.len() + 1];
        self.reach(&mut now, 0);
        for next in path.chars() {
            if next == '/' && now.last() == Some(&true) {
                return true;
            }
            let mut then = vec![false; now.len()];
            for (index, part) in self.0.iter().enumerate().filter(|(index, _)| now.get(*index) == Some(&true))
            {
                match part {
                    Part::Name if next != '/' => self.reach(&mut then, index),
                    Part::Path => self.reach(&mut then, index),
                    Part::Directories if next == '/' => self.reach(&mut then, index),
                    // In the middle of a name of a directory: what follows must wait for its end.
                    Part::Directories => set(&mut then, index),
                    part if part.is(next) => self.reach(&mut then, index + 1),
                    _ => {}
                }
            }
            if !then.contains(&true) {
                return false;
            }
            now = then;
        }
        now.last() == Some(&true)
    }

    /// Marks a place as reached, and those behind parts that may match nothing.
    fn reach(&self, places: &mut [bool], mut index: usize) {
        loop {
            set(places, index);
            match self.0.get(index) {
                Some(Part::Name | Part::Path | Part::Directories) => index += 1,
                _ => return,
            }
        }
    }
}

impl Part {
    /// Whether it is one character, this one. No such part matches a slash but a slash itself.
    fn is(&self, next: char) -> bool {
        match self {
            Self::One(one) => *one == next,
            Self::Any => next != '/',
            Self::Class { ranges, negated } => {
                next != '/' && ranges.iter().any(|range| range.contains(&next)) != *negated
            }
            Self::Name | Self::Path | Self::Directories => false,
        }
    }
}

fn set(places: &mut [bool], index: usize) {
    if let Some(place) = places.get_mut(index) {
        *place = true;
    }
}

/// Parses the rest of a class of characters, after its opening bracket.
fn class(rest: &mut Peekable<Chars<'_>>) -> Result<Part, &'static str> {
    const UNCLOSED: &str = "a [ has no ]";
    let negated = rest.next_if(|next| matches!(next, '^' | '!')).is_some();
    let mut ranges = Vec::new();
    loop {
        let literal = |rest: &mut Peekable<Chars<'_>>| match rest.next() {
            Some('\\') => rest.next().ok_or(UNCLOSED),
            next => next.ok_or(UNCLOSED),
        };
        if !ranges.is_empty() && rest.next_if_eq(&']').is_some() {
            return Ok(Part::Class { ranges, negated });
        }
        let first = literal(rest)?;
        let last = if rest.next_if_eq(&'-').is_some() { literal(rest)? } else { first };
        if last < first {
            return Err("a range in [ ] ends before it begins");
        }
        ranges.push(first..=last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, path: &str) -> bool {
        Pattern::parse(pattern).unwrap().covers(path)
    }

    #[test]
    fn patterns_match_as_dockers() {
        for (pattern, path) in [
            ("a", "a"),
            ("*", "a"),
            ("*.log", ".log"),
            ("*", "a/b"),
            ("a/b", "a/b/c/d"),
            ("a?c", "abc"),
            ("a?c", "aéc"),
            ("[a-c]x", "bx"),
            ("[^a-c]x", "dx"),
            ("[]a]", "]"),
            ("[a\\]]", "]"),
            ("\\*", "*"),
            ("**", "a/b/c"),
            ("**/b", "b"),
            ("**/b", "a/b"),
            ("**/b", "a/a/b"),
            ("a/**/b", "a/b"),
            ("a/**/b", "a/x/y/b"),
            ("a/**", "a/x/y"),
            ("**/*.go", "x/y.go"),
            ("*/*", "a/b"),
            ("{a,b}", "{a,b}"),
        ] {
            assert!(covers(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("a", "b"),
            ("a", "ab"),
            ("ab", "a"),
            ("a?c", "a/c"),
            ("*.b", "a/x.b"),
            ("[^a]", "/"),
            ("**/b", "ab"),
            ("**/b", "a/xb"),
            ("a/**/b", "a/xb"),
            ("*/*", "a"),
            ("\\*", "a"),
            ("{a,b}", "a"),
            ("", "a"),
        ] {
            assert!(!covers(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn invalid_patterns_are_refused() {
        for pattern in ["[", "[a", "[]", "[a-", "[b-a]", "a\\", "[\\"] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_exponential_time() {
        let pattern = "*a".repeat(1000) + "b";
        assert!(!covers(&pattern, &"a".repeat(4000)));
        assert!(covers(&("**/".repeat(1000) + "b"), &("a/".repeat(1000) + "b")));
    }
}
