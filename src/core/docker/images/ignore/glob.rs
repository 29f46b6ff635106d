use super::rune::Rune;

/// Checks a pattern's syntax as Go's `filepath.Match` does, which Docker's client asks before it compiles one.
///
/// # Errors
/// What is wrong with it, without a quotation.
pub fn check(mut rest: &[Rune]) -> Result<(), &'static str> {
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if first.is('\\') {
            rest = rest.split_first().ok_or("it ends with a backslash")?.1;
        } else if first.is('[') {
            rest = class(rest)?;
        }
    }
    Ok(())
}

/// Checks what follows the opening bracket; gives what follows the closing one.
fn class(mut rest: &[Rune]) -> Result<&[Rune], &'static str> {
    if let Some((first, behind)) = rest.split_first()
        && first.is('^')
    {
        rest = behind;
    }
    let mut ranges = 0;
    loop {
        match rest.split_first() {
            Some((first, behind)) if ranges > 0 && first.is(']') => return Ok(behind),
            _ => rest = character(rest)?,
        }
        if let Some((first, behind)) = rest.split_first()
            && first.is('-')
        {
            rest = character(behind)?;
        }
        ranges += 1;
    }
}

/// Checks one character of a class, which must be followed by something.
fn character(rest: &[Rune]) -> Result<&[Rune], &'static str> {
    const UNCLOSED: &str = "a [ has no ]";
    let (first, mut behind) = rest.split_first().ok_or(UNCLOSED)?;
    let mut one = first;
    if first.is('-') || first.is(']') {
        return Err("a - or ] within [ ] needs a backslash");
    }
    if first.is('\\') {
        (one, behind) = behind.split_first().ok_or(UNCLOSED)?;
    }
    if matches!(one, Rune::Byte(_)) {
        return Err("a character within [ ] is not UTF-8");
    }
    if behind.is_empty() { Err(UNCLOSED) } else { Ok(behind) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_patterns_are_refused() {
        let check = |text: &[u8]| check(&Rune::all(text));
        for text in ["[", "[a", "[]", "[]a]", "[a-", "[a-]", "[-a]", "a\\", "[\\", "[^]", "[a\\"] {
            assert!(check(text.as_bytes()).is_err(), "{text}");
        }
        assert!(check(b"[\xff]").is_err());
        for text in ["[a]", "[^a]", "[\\]]", "[a-z0-9]", "]", "\\[", "[b-a]", "[[]", "[*]"] {
            assert!(check(text.as_bytes()).is_ok(), "{text}");
        }
    }
}
