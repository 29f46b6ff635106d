//! A run of one target, in a process of its own.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    panic,
    path::Path,
    process,
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, setrlimit};

use crate::{corpus, mutation::mutate, random::Random, target::Target};

/// How much address space a run may take. Far more than any target may use; guards the machine.
const ADDRESS_SPACE: u64 = 4 << 30;

/// Takes the whole corpus, then mutations of it until the time is over; how many inputs that were. Each input is in `current`
/// while it is taken: its length as `u64`, then its bytes.
///
/// # Errors
/// When the corpus can't be read, or `current` not written.
pub fn run(target: &Target, seed: u64, time: Duration, current: &Path) -> io::Result<u64> {
    confine()?;
    let corpus = corpus::inputs(target)?;
    let start = Instant::now();
    let current = File::create(current)?;
    let mut taken = 0;
    let mut take = |input: &[u8]| {
        let length = (input.len() as u64).to_le_bytes();
        current.write_all_at(&[&length, input].concat(), 0)?;
        target.take(input);
        taken += 1;
        io::Result::Ok(())
    };
    for input in &corpus {
        take(input)?;
    }
    let all: Vec<&[u8]> = corpus.iter().map(Vec::as_slice).collect();
    let mut random = Random::new(seed);
    let mut input = Vec::new();
    while start.elapsed() < time {
        random.pick(&all).unwrap_or_default().clone_into(&mut input);
        let other = random.pick(&all).unwrap_or_default();
        mutate(&mut input, other, target.tokens, &mut random);
        take(&input)?;
    }
    Ok(taken)
}

/// Takes one input from a file.
///
/// # Errors
/// When it can't be read.
pub fn once(target: &Target, input: &Path) -> io::Result<()> {
    confine()?;
    target.take(&fs::read(input)?);
    Ok(())
}

/// Limits memory, and makes a panic of any thread the end of the process.
fn confine() -> io::Result<()> {
    setrlimit(Resource::RLIMIT_AS, ADDRESS_SPACE, ADDRESS_SPACE)?;
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        report(panic);
        process::abort();
    }));
    Ok(())
}
