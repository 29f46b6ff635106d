use super::{
    expression::{Expression, parse},
    glob,
    rune::Rune,
};

/// A pattern of a `.dockerignore` file. Memory grows with the length of the pattern, and time with that length times the length of
/// the path: the author of the context, who may be hostile, chooses the pattern.
#[derive(Debug)]
pub struct Pattern {
    text: Vec<Rune>,
    kind: Kind,
    /// Whether it is an exception (`!`).
    pub exception: bool,
}

#[derive(Debug)]
enum Kind {
    /// The path itself.
    Exact,
    /// A path that begins with what is before the final `**`.
    Prefix,
    /// A path that ends with what follows the leading `**`.
    Suffix,
    /// A path that the expression matches.
    Expression(Expression),
}

impl Pattern {
    /// Compiles a cleaned pattern, as Docker does: what it writes as a regular expression of Go means what Go takes it for.
    ///
    /// # Errors
    /// What is wrong with it, without a quotation.
    pub fn compile(pattern: &[Rune]) -> Result<Self, &'static str> {
        let (exception, text) = match pattern.split_first() {
            Some((first, [])) if first.is('!') => return Err("there is nothing after the !"),
            Some((first, rest)) if first.is('!') => (true, rest),
            _ => (false, pattern),
        };
        glob::check(text)?;
        Ok(Self { text: text.to_vec(), kind: kind(text)?, exception })
    }

    /// Whether it matches this path, and not just a directory above it.
    pub fn matches(&self, path: &[Rune]) -> bool {
        match &self.kind {
            Kind::Exact => path == self.text,
            Kind::Prefix => path.starts_with(self.text.strip_suffix(STARS).unwrap_or(&self.text)),
            Kind::Suffix => {
                let suffix = self.text.strip_prefix(STARS).unwrap_or(&self.text);
                let whole = suffix.split_first().is_some_and(|(first, rest)| first.is('/') && path == rest);
                path.ends_with(suffix) || whole
            }
            Kind::Expression(expression) => expression.matches(path),
        }
    }

    /// Whether its text, taken for a path, is in this directory.
    pub fn is_written_below(&self, directory: &[Rune]) -> bool {
        let rest = self.text.strip_prefix(directory);
        rest.is_some_and(|rest| rest.first().is_none_or(|first| first.is('/')))
    }
}

const STARS: &[Rune] = &[Rune::Char('*'), Rune::Char('*')];

/// Writes the pattern as a regular expression, if it needs one.
fn kind(text: &[Rune]) -> Result<Kind, &'static str> {
    let mut expression = String::from("^");
    let mut kind = Kind::Exact;
    let mut is_expression = false;
    let mut rest = text.iter().map(|rune| rune.char()).peekable();
    let mut at_start = true;
    while let Some(next) = rest.next() {
        match next {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                if rest.peek().is_some() {
                    expression.push_str("(.*/)?");
                    is_expression = true;
                } else if !is_expression && matches!(kind, Kind::Exact) {
                    kind = Kind::Prefix;
                } else {
                    expression.push_str(".*");
                    is_expression = true;
                }
                if at_start {
                    kind = Kind::Suffix;
                    is_expression = false;
                }
            }
            '*' => {
                expression.push_str("[^/]*");
                is_expression = true;
            }
            '?' => {
                expression.push_str("[^/]");
                is_expression = true;
            }
            // Docker's table of these leaves out { | } by mistake, so they are operators.
            '.' | '+' | '(' | ')' | '$' => expression.extend(['\\', next]),
            '\\' => {
                expression.push('\\');
                expression.extend(rest.next());
                is_expression = true;
            }
            '[' | ']' => {
                expression.push(next);
                is_expression = true;
            }
            other => expression.push(other),
        }
        at_start = false;
    }
    expression.push('$');
    Ok(if is_expression { Kind::Expression(parse(&expression)?) } else { kind })
}
