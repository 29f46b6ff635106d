use std::path::{self, Path, PathBuf};

use crate::{
    config::host_paths,
    error::{Error, Result},
};

/// Checks that a directory may be a task's workspace, and resolves all links in its path.
///
/// # Errors
/// `INVALID_ARGUMENT` for `workspacePath`.
pub fn workspace(path: &Path) -> Result<PathBuf> {
    let absolute = path::absolute(path).map_err(|_| refused(path, "is not a path"))?;
    let found =
        host_paths::find("workspacePath", &absolute)?.ok_or_else(|| refused(path, "does not exist"))?;
    if !found.handle().is_dir() {
        return Err(refused(path, "is not a directory"));
    }
    Ok(found.path().to_owned())
}

fn refused(path: &Path, why: &str) -> Error {
    Error::invalid("workspacePath", format!("workspacePath: {} {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::Code;

    #[test]
    fn a_workspace_must_be_a_directory_that_does_not_expose_the_host() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        let link = real.join("link");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        if nix::unistd::geteuid().is_root() {
            assert_eq!(workspace(&link).unwrap(), real);
        }
        fs::write(real.join("file"), "").unwrap();
        let socket = std::os::unix::net::UnixListener::bind(real.join("socket")).unwrap();
        std::os::unix::fs::symlink("/", real.join("root")).unwrap();
        for path in ["file", "socket", "root", "root/var", "root/proc", "missing"] {
            assert_eq!(workspace(&real.join(path)).unwrap_err().code(), Code::InvalidArgument, "{path}");
        }
        drop(socket);
    }
}
