//! Checks of arguments.

use cofferdam_protocol::{
    RawPath,
    fs::{call::Call, stat::Time},
};

use crate::{
    config::guest_path::validate_bytes,
    error::{Error, Result},
};

/// The permission bits, with those for other ids and for what is not deleted by others.
const MODES: u32 = 0o7777;

/// The largest size of a file that the system takes, in bytes.
const MAX_LENGTH: u64 = i64::MAX.cast_unsigned();

/// A point in time, from milliseconds since 1970.
///
/// # Errors
/// `INVALID_ARGUMENT` for one that the system can't store.
pub fn time(argument: &'static str, milliseconds: f64) -> Result<Time> {
    /// About the year 2554: what all file systems of Linux can store is less, and they cut it themselves.
    const LATEST: f64 = 1.8e13;
    if !(-LATEST..=LATEST).contains(&milliseconds) {
        let message = format!("{argument} must be a time, not {milliseconds}");
        return Err(Error::invalid(argument, message));
    }
    let seconds = (milliseconds / 1e3).floor();
    let nanoseconds = ((milliseconds - seconds * 1e3) * 1e6).round().clamp(0.0, 999_999_999.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    Ok(Time { seconds: seconds as i64, nanoseconds: nanoseconds as u32 })
}

/// Rejects bytes that cannot be a path.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn path(path: &RawPath) -> Result<()> {
    validate_bytes("path", path.as_bytes())
}

/// Rejects what is no mode.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn mode(mode: u32) -> Result<()> {
    if mode > MODES {
        return Err(Error::invalid("mode", format!("mode must be from 0 to 0o7777, not 0o{mode:o}")));
    }
    Ok(())
}

/// Rejects a call whose arguments can't be right.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn call(call: &Call) -> Result<()> {
    match call {
        Call::Access { path: file, mode } => {
            path(file)?;
            if *mode > 7 {
                return Err(Error::invalid("mode", format!("mode must be from 0 to 7, not {mode}")));
            }
            Ok(())
        }
        Call::ChangeMode { path: file, mode: bits } | Call::MakeDirectory { path: file, mode: bits, .. } => {
            path(file)?;
            mode(*bits)
        }
        Call::CopyFile { from, to, .. } | Call::Rename { from, to } => {
            path(from)?;
            validate_bytes("dest", to.as_bytes())
        }
        Call::Copy(copy) => {
            path(&copy.from)?;
            validate_bytes("dest", copy.to.as_bytes())
        }
        Call::MakeLink { target, path: link } => {
            validate_bytes("target", target.as_bytes())?;
            path(link)
        }
        Call::Truncate { path: file, length } => {
            path(file)?;
            if *length > MAX_LENGTH {
                return Err(Error::invalid(
                    "length",
                    format!("length must be at most {MAX_LENGTH}, not {length}"),
                ));
            }
            Ok(())
        }
        Call::MakeTemporary { prefix: file }
        | Call::ReadLink { path: file }
        | Call::RealPath { path: file }
        | Call::Remove { path: file, .. }
        | Call::RemoveDirectory { path: file }
        | Call::SetTimes { path: file, .. }
        | Call::Space { path: file }
        | Call::Stat { path: file, .. }
        | Call::Unlink { path: file } => path(file),
    }
}

/// Whether a call may be done twice: if its agent was lost before it answered, it is done by the next one.
pub fn is_repeatable(call: &Call) -> bool {
    match call {
        Call::Access { .. }
        | Call::ChangeMode { .. }
        | Call::CopyFile { exclusive: false, .. }
        | Call::MakeDirectory { recursive: true, .. }
        | Call::ReadLink { .. }
        | Call::RealPath { .. }
        | Call::Remove { force: true, .. }
        | Call::SetTimes { .. }
        | Call::Space { .. }
        | Call::Stat { .. }
        | Call::Truncate { .. } => true,
        Call::Copy(copy) => copy.force,
        Call::CopyFile { .. }
        | Call::MakeDirectory { .. }
        | Call::MakeTemporary { .. }
        | Call::Remove { .. }
        | Call::RemoveDirectory { .. }
        | Call::Rename { .. }
        | Call::MakeLink { .. }
        | Call::Unlink { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_nanoseconds() {
        let at = |seconds, nanoseconds| Time { seconds, nanoseconds };
        assert_eq!(time("mtime", 0.0).unwrap(), at(0, 0));
        assert_eq!(time("mtime", 1500.25).unwrap(), at(1, 500_250_000));
        assert_eq!(time("mtime", -1.0).unwrap(), at(-1, 999_000_000));
        for wrong in [f64::NAN, f64::INFINITY, 1e20] {
            assert!(time("mtime", wrong).is_err());
        }
    }
}
