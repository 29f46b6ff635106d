//! Searching files, in a process of its own: as an ordinary command of the sandbox's user.

mod glob;
mod grep;
mod output;
mod sink;
mod walk;

use std::{
    error::Error,
    io::{self, Read as _},
};

use cofferdam_protocol::{
    fs::search::{Found, Search},
    wire::limits::MAX_MESSAGE,
};

use output::Output;

/// Reads what to search from standard input, and writes what was found to standard output.
pub fn run() -> Result<(), Box<dyn Error>> {
    let mut request = Vec::new();
    io::stdin().take(MAX_MESSAGE as u64).read_to_end(&mut request)?;
    let search: Search = postcard::from_bytes(&request)?;
    let output = Output::default();
    let outcome = match &search {
        Search::Glob(request) => glob::run(request, &output),
        Search::Grep(request) => grep::run(request, &output),
    };
    let last = outcome.err().unwrap_or(Found::End { truncated: output.is_truncated() });
    Ok(Output::finish(&last)?)
}
