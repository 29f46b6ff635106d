use std::{iter::Peekable, str::Chars};

/// How often something is repeated: at least and at most, or without end.
pub struct Repeat {
    pub least: usize,
    pub most: Option<usize>,
}

/// The largest number of repetitions that Go takes.
const MOST: usize = 1000;

/// Parses `{2}`, `{2,}` or `{2,3}` after its brace; `None` for anything else, where the brace means itself.
///
/// # Errors
/// What is wrong with the numbers, or that another operator follows.
pub fn repeat(rest: &mut Peekable<Chars<'_>>) -> Result<Option<Repeat>, &'static str> {
    let mut ahead = rest.clone();
    let Some(least) = number(&mut ahead) else { return Ok(None) };
    let most = if ahead.next_if_eq(&',').is_none() {
        Some(least)
    } else if ahead.peek() == Some(&'}') {
        None
    } else {
        match number(&mut ahead) {
            None => return Ok(None),
            most => most,
        }
    };
    if ahead.next() != Some('}') {
        return Ok(None);
    }
    if least > MOST || most.is_some_and(|most| most > MOST || most < least) {
        return Err("a { } has a number of repetitions that is not allowed");
    }
    *rest = ahead;
    Ok(Some(Repeat { least, most }))
}

/// A number as Go takes it: without zeros before it. One that is too large stays so.
fn number(rest: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let mut digits = String::new();
    while let Some(digit) = rest.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    Some(digits.parse().unwrap_or(usize::MAX))
}
