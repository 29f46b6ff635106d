use std::{iter::Peekable, str::Chars};

use super::{
    class::{class, literal, perl},
    parts::{Assertion, Part, Parts, Set},
    repeat::{Repeat, repeat},
    rune::Rune,
};

/// The most parts of an expression: a hostile pattern may repeat each of its characters a thousand times.
const MAX_PARTS: usize = 100_000;

/// A regular expression: one of its branches has to match somewhere in a path.
#[derive(Debug)]
pub struct Expression(Vec<Parts>);

impl Expression {
    /// Whether it matches a path.
    pub fn matches(&self, path: &[Rune]) -> bool {
        self.0.iter().any(|branch| branch.match_whole(path))
    }
}

/// Parses what Docker makes of a pattern: the part of Go's regular expressions that it can consist of. Docker puts a backslash before
/// most operators of the pattern, so the others are its own.
///
/// # Errors
/// What is wrong with it, without a quotation.
pub fn parse(expression: &str) -> Result<Expression, &'static str> {
    let mut branches = Vec::new();
    // Only the first branch begins with the path, and only the last one ends with it.
    let anything = || Part::One { set: Set::any(), repeated: true, optional: false };
    let mut parts = Vec::new();
    // Whether the last part can be repeated.
    let mut atom = false;
    let mut rest = expression.chars().peekable();
    while let Some(next) = rest.next() {
        if parts.len() > MAX_PARTS {
            return Err("it is too long");
        }
        let mut is_atom = true;
        match next {
            '|' => {
                parts.push(anything());
                branches.push(Parts::new(std::mem::replace(&mut parts, vec![anything()])));
                is_atom = false;
            }
            '{' if let Some(found) = repeat(&mut rest)? => {
                if !atom {
                    return Err("a { repeats nothing");
                }
                apply(found, &mut parts);
                is_atom = false;
            }
            '$' if rest.peek().is_none() => {}
            '^' => parts.push(Part::Assert(Assertion::Start)),
            '[' => {
                let set = class(&mut rest)?;
                let repeated = rest.next_if_eq(&'*').is_some();
                is_atom = !repeated;
                parts.push(Part::One { set, repeated, optional: false });
            }
            '.' if rest.next_if_eq(&'*').is_some() => parts.push(Part::Anything),
            '(' => {
                // The rest of `(.*/)?`.
                rest.by_ref().take(5).for_each(drop);
                parts.push(Part::Directories);
                is_atom = false;
            }
            '\\' => parts.push(escaped(&mut rest)?),
            other => parts.push(one(Set::of(other))),
        }
        atom = is_atom;
    }
    branches.push(Parts::new(parts));
    Ok(Expression(branches))
}

/// Repeats the last part.
fn apply(Repeat { least, most }: Repeat, parts: &mut Vec<Part>) {
    match parts.pop() {
        Some(Part::One { set, .. }) => {
            let of = |repeated, optional| Part::One { set: set.clone(), repeated, optional };
            parts.extend((0..least).map(|_| of(false, false)));
            match most {
                None => parts.push(of(true, false)),
                Some(most) => parts.extend((least..most).map(|_| of(false, true))),
            }
        }
        // What holds between two characters holds any number of times, unless it need not.
        Some(part) if least > 0 => parts.push(part),
        _ => {}
    }
}

fn one(set: Set) -> Part {
    Part::One { set, repeated: false, optional: false }
}

fn escaped(rest: &mut Peekable<Chars<'_>>) -> Result<Part, &'static str> {
    Ok(match rest.next().ok_or("it ends with a backslash")? {
        'A' => Part::Assert(Assertion::Start),
        'z' => Part::Assert(Assertion::End),
        'b' => Part::Assert(Assertion::WordBoundary),
        'B' => Part::Assert(Assertion::NoWordBoundary),
        other => match perl(other) {
            Some(set) => one(set),
            None => one(Set::of(literal(other)?)),
        },
    })
}
