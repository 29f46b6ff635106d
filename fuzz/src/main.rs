//! The bounded run of the fuzz targets: `cofferdam-fuzz [SECONDS [SEED [TARGET…]]]`, 60 s for all targets together by default.
//! Fails if any target finds something. The last line has the form of a test program's.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for the command line")]

use std::{
    error::Error,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use cofferdam_fuzz::{
    campaign, corpus, run,
    target::{ALL, Target},
};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match act(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzz: {error}");
            ExitCode::FAILURE
        }
    }
}

fn act(arguments: &[&str]) -> Result<bool, Box<dyn Error>> {
    match arguments {
        ["list"] => ALL.iter().for_each(|target| println!("{}", target.name)),
        ["once", target, input] => run::once(named(target)?, Path::new(input))?,
        ["seeds", target, directory] => corpus::write_seeds(named(target)?, Path::new(directory))?,
        // What this program starts itself with.
        ["run", target, seed, milliseconds, current] => {
            let time = Duration::from_millis(milliseconds.parse()?);
            println!("{}", run::run(named(target)?, seed.parse()?, time, Path::new(current))?);
        }
        [] => return campaign(60.0, 1, &ALL.iter().collect::<Vec<_>>()),
        [seconds] => return campaign(seconds.parse()?, 1, &ALL.iter().collect::<Vec<_>>()),
        [seconds, seed] => return campaign(seconds.parse()?, seed.parse()?, &ALL.iter().collect::<Vec<_>>()),
        [seconds, seed, targets @ ..] => {
            let targets = targets.iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>()?;
            return campaign(seconds.parse()?, seed.parse()?, &targets);
        }
    }
    Ok(true)
}

fn named(name: &str) -> Result<&'static Target, String> {
    Target::named(name).ok_or_else(|| format!("there is no target {name:?}; `list` prints their names"))
}

fn campaign(seconds: f64, seed: u64, targets: &[&Target]) -> Result<bool, Box<dyn Error>> {
    let start = Instant::now();
    #[expect(clippy::cast_precision_loss, reason = "there are few targets")]
    let time = Duration::try_from_secs_f64(seconds / targets.len() as f64)?;
    let mut failed = 0;
    for target in targets {
        failed += usize::from(!campaign::run(target, seed, time)?);
    }
    let (outcome, passed) = (if failed == 0 { "ok" } else { "FAILED" }, targets.len() - failed);
    let took = start.elapsed().as_secs_f64();
    println!("test result: {outcome}. {passed} passed; {failed} failed; 0 ignored; finished in {took:.2}s");
    Ok(failed == 0)
}
