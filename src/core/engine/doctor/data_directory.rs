//! Problems with a data directory.

use std::path::Path;

use super::Problem;
use crate::hostfs::is_in_memory;

/// The problems of a data directory that exists, or of the directory that it would be made in. Blocks.
pub fn problems(data_dir: &Path) -> Vec<Problem> {
    let Ok(path) = std::path::absolute(data_dir) else { return Vec::new() };
    let Some(existing) = path.ancestors().find(|path| path.exists()) else { return Vec::new() };
    if !is_in_memory(existing) {
        return Vec::new();
    }
    vec![Problem::warning(
        format!(
            "the data directory {} is on a tmpfs: files of sandboxes take their memory, of which they may fill half, and are lost when \
             the machine restarts",
            path.display()
        ),
        "set dataDir to a directory on a disk",
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_memory_is_a_problem_before_it_exists_too() {
        for path in ["/dev/shm", "/dev/shm/not/yet/there"] {
            let [problem] = &problems(Path::new(path))[..] else { panic!("{path}") };
            assert!(!problem.fatal && problem.message.contains(path), "{}", problem.message);
        }
        let on_disk = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        assert!(problems(on_disk.path()).is_empty());
    }
}
