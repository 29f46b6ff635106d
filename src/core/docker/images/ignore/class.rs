use std::{iter::Peekable, str::Chars};

use super::parts::Set;

const UNCLOSED: &str = "a [ has no ]";

/// The character that an escape stands for.
pub fn literal(escape: char) -> Result<char, &'static str> {
    Ok(match escape {
        'a' => '\u{7}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => other,
        // Go has more of them, such as \x41 and \pL: nobody means one in a path.
        _ => return Err("a backslash before this letter or digit has no meaning; use / between directories"),
    })
}

/// The characters of `\d`, `\s`, `\w` and their opposites.
pub fn perl(escape: char) -> Option<Set> {
    let ranges: &[(char, char)] = match escape.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        's' => &[('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')],
        'w' => WORD,
        _ => return None,
    };
    Some(Set::new(ranges, escape.is_ascii_uppercase()))
}

const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// Parses a class, after its opening bracket.
pub fn class(rest: &mut Peekable<Chars<'_>>) -> Result<Set, &'static str> {
    let mut set = Set::new(&[], rest.next_if_eq(&'^').is_some());
    let mut first = true;
    let mut ends = true;
    loop {
        let next = rest.next().ok_or(UNCLOSED)?;
        match next {
            ']' if !first => return Ok(set),
            // Where no name ends once, none ends later: a pattern may have many beginnings.
            '[' if ends && rest.peek() == Some(&':') && is_named(rest, &mut ends) => set.add(named(rest)?),
            '\\' if rest.peek().is_some_and(|next| perl(*next).is_some()) => {
                rest.next().and_then(perl).into_iter().for_each(|perl| set.add(perl));
            }
            next => {
                let from = character(next, rest)?;
                let mut ahead = rest.clone();
                let to = if ahead.next() == Some('-') && ahead.next().is_some_and(|next| next != ']') {
                    rest.next();
                    let next = rest.next().ok_or(UNCLOSED)?;
                    character(next, rest)?
                } else {
                    from
                };
                if to < from {
                    return Err("a range in [ ] ends before it begins");
                }
                set.add(Set::new(&[(from, to)], false));
            }
        }
        first = false;
    }
}

fn character(next: char, rest: &mut Peekable<Chars<'_>>) -> Result<char, &'static str> {
    if next == '\\' { literal(rest.next().ok_or(UNCLOSED)?) } else { Ok(next) }
}

/// Whether what begins like `:name:]` ends like it.
fn is_named(rest: &Peekable<Chars<'_>>, ends: &mut bool) -> bool {
    let inner = rest.clone().skip(1);
    *ends = inner.clone().zip(inner.skip(1)).any(|pair| pair == (':', ']'));
    *ends
}

/// A class such as `[:alpha:]`, after its bracket.
fn named(rest: &mut Peekable<Chars<'_>>) -> Result<Set, &'static str> {
    rest.next();
    let mut name = String::new();
    while let Some(next) = rest.next() {
        if next == ':' && rest.next_if_eq(&']').is_some() {
            break;
        }
        name.push(next);
    }
    let name = name.as_str();
    let (negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let ranges: &[(char, char)] = match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\u{7f}')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\u{1f}'), ('\u{7f}', '\u{7f}')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => WORD,
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return Err("a class such as [:alpha:] has an unknown name"),
    };
    Ok(Set::new(ranges, negated))
}
