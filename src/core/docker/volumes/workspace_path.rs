use std::{
    fs, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

/// Directories of the host that a task may not see, with everything below them.
const FORBIDDEN: [&str; 5] = ["/proc", "/sys", "/dev", "/run", "/var/run"];

/// Checks that a directory may be a task's workspace, and resolves all links in its path.
///
/// # Errors
/// `INVALID_ARGUMENT` for `workspacePath`.
pub fn workspace(path: &Path) -> Result<PathBuf> {
    let resolved = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => refused(path, "does not exist"),
        _ => refused(path, &format!("can't be accessed: {error}")),
    })?;
    let metadata =
        fs::metadata(&resolved).map_err(|error| refused(path, &format!("can't be accessed: {error}")))?;
    if metadata.file_type().is_socket() {
        return Err(refused(path, "is a socket, which may be the engine's"));
    }
    if !metadata.is_dir() {
        return Err(refused(path, "is not a directory"));
    }
    refuse_host_path(&resolved)?;
    Ok(resolved)
}

/// Refuses a path, with its links resolved, that would expose the host.
fn refuse_host_path(path: &Path) -> Result<()> {
    if path == Path::new("/")
        || path == Path::new("/var")
        || FORBIDDEN.iter().any(|place| path.starts_with(place))
    {
        return Err(refused(path, "would expose the host to the task"));
    }
    Ok(())
}

fn refused(path: &Path, why: &str) -> Error {
    Error::invalid("workspacePath", format!("workspacePath: {} {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_workspace_must_be_a_directory_that_does_not_expose_the_host() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        let link = real.join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert_eq!(workspace(&link).unwrap(), real);
        fs::write(real.join("file"), "").unwrap();
        let socket = std::os::unix::net::UnixListener::bind(real.join("socket")).unwrap();
        std::os::unix::fs::symlink("/", real.join("root")).unwrap();
        for path in ["file", "socket", "root", "root/var", "root/proc", "missing"] {
            assert_eq!(workspace(&real.join(path)).unwrap_err().code(), Code::InvalidArgument, "{path}");
        }
        drop(socket);
    }
}
