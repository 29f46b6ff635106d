//! A bounded run of several targets, each in a process of its own: a crash ends only one.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::target::Target;

/// How long a run may take beyond its time. An input that takes longer is a finding.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a target in its own process for some time; prints how it went. `false` if it found something.
///
/// # Errors
/// When the process can't be started.
pub fn run(target: &Target, seed: u64, time: Duration) -> io::Result<bool> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/fuzz/found");
    fs::create_dir_all(&place)?;
    let current = place.join(format!("{}.current", target.name));
    let start = Instant::now();
    let child = Command::new(env::current_exe()?)
        .args(["run", target.name, &seed.to_string(), &time.as_millis().to_string()])
        .arg(&current)
        .stdout(Stdio::piped())
        .spawn()?;
    let outcome = ended(child, start + time + PATIENCE)?;
    let passed = start.elapsed().as_secs_f64();
    let report = match &outcome {
        Ok(taken) => {
            #[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
            let rate = *taken as f64 / passed;
            format!("{:<16} seed {seed}: {taken} inputs, {rate:.0} per second", target.name)
        }
        Err(why) => {
            let found = keep(&current)?;
            let found = found.display();
            format!(
                "{} FAILED with seed {seed}: {why}; the input is {found}\n  again: cargo run -p cofferdam-fuzz -- once {} {found}",
                target.name, target.name
            )
        }
    };
    say(&report);
    Ok(outcome.is_ok())
}

/// Waits for the end of a run; the number of inputs, or what went wrong.
fn ended(mut child: Child, deadline: Instant) -> io::Result<Result<u64, String>> {
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(Err("an input takes too long".to_owned()));
        }
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output()?;
    let taken = String::from_utf8_lossy(&output.stdout).trim().parse();
    Ok(if output.status.success() {
        taken.map_err(|_| "it printed no count".to_owned())
    } else {
        Err(output.status.to_string())
    })
}

/// Keeps the input that was being taken under a name of its own.
fn keep(current: &Path) -> io::Result<PathBuf> {
    let bytes = fs::read(current)?;
    let (length, rest) = bytes.split_first_chunk().ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX).min(rest.len());
    let kept = current.with_extension("input");
    fs::write(&kept, rest.get(..length).unwrap_or_default())?;
    kept.canonicalize()
}

#[expect(clippy::print_stdout, reason = "the report is what this program is for")]
fn say(line: &str) {
    println!("fuzz: {line}");
}
