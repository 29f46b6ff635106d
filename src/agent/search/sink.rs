use std::io;

use cofferdam_protocol::{
    RawPath,
    fs::search::{Found, Line, MAX_LINE},
};
use grep_matcher::Matcher;
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkContext, SinkMatch};

use super::output::Output;

/// About how many bytes of lines are reported at once.
const PART: usize = 256 * 1024;

/// The lines of one file that were found.
pub struct Lines<'a, T> {
    matcher: &'a RegexMatcher,
    found: Vec<Line>,
    /// How many more matches are wanted.
    left: u64,
    /// Whether there is room for one more.
    take: T,
}

impl<'a, T: FnMut() -> bool> Lines<'a, T> {
    /// Of a file that was not searched yet.
    pub fn new(matcher: &'a RegexMatcher, left: u64, take: T) -> Self {
        Self { matcher, found: Vec::new(), left, take }
    }

    /// Reports what was found.
    pub fn report(self, path: &RawPath, output: &Output) -> io::Result<()> {
        let mut part = Vec::new();
        let mut size = 0;
        for line in self.found {
            size += line.text.len();
            part.push(line);
            if size > PART {
                output.report(&Found::Lines { path: path.clone(), lines: std::mem::take(&mut part) })?;
                size = 0;
            }
        }
        if part.is_empty() {
            Ok(())
        } else {
            output.report(&Found::Lines { path: path.clone(), lines: part })
        }
    }

    fn push(&mut self, number: Option<u64>, bytes: &[u8], column: Option<u64>) {
        let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let text = text.get(..MAX_LINE).unwrap_or(text).to_vec();
        self.found.push(Line { number: number.unwrap_or_default(), text, column });
    }
}

impl<T: FnMut() -> bool> Sink for Lines<'_, T> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        // Once there were enough, only the lines after the last are read.
        if self.left == 0 || !(self.take)() {
            return Ok(false);
        }
        self.left -= 1;
        let place = self.matcher.find(found.bytes()).ok().flatten();
        let column = place.map_or(0, |place| place.start() as u64);
        self.push(found.line_number(), found.bytes(), Some(column));
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, found: &SinkContext<'_>) -> Result<bool, io::Error> {
        self.push(found.line_number(), found.bytes(), None);
        Ok(true)
    }
}
