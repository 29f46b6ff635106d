use std::{
    ffi::OsString,
    fs::File,
    io,
    process::{Command, Stdio},
};

use nix::errno::Errno;

/// Runs a tool of e2fsprogs on a file, passed as its standard input so that its path can't be mistaken for an option.
///
/// # Errors
/// `StorageFull`; `Unsupported` when the tool is missing; `Other` when it fails.
pub fn run(tool: &str, arguments: &[&str], file: &File) -> io::Result<()> {
    // The exit bits of e2fsck for "errors corrected" and "errors corrected, reboot recommended".
    const REPAIRED: i32 = 1 | 2;
    // The PATH of ordinary users often lacks the last two.
    let mut path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
    path.push(":/usr/sbin:/sbin");
    let output = Command::new(tool)
        .args(arguments)
        // The tool's standard input.
        .arg("/proc/self/fd/0")
        .env_clear()
        .envs([("PATH", path), ("LC_ALL", OsString::from("C"))])
        .stdin(Stdio::from(file.try_clone()?))
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                io::Error::new(io::ErrorKind::Unsupported, format!("{tool} is missing"))
            }
            _ => error,
        })?;
    if output.status.code().is_some_and(|code| code & !REPAIRED == 0 && (code == 0 || tool == "e2fsck")) {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    if complaint.contains("No space left on device") {
        return Err(Errno::ENOSPC.into());
    }
    Err(io::Error::other(format!("{tool} failed ({}): {}", output.status, complaint.trim())))
}
