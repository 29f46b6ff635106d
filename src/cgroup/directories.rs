use std::path::{Path, PathBuf};

use crate::{Controller, File, Version, files::MOUNT, membership::Membership};

/// The directories of one cgroup.
#[derive(Debug, PartialEq, Eq)]
pub enum Directories {
    /// Under v1, one for each controller.
    V1 {
        /// Of `memory`.
        memory: PathBuf,
        /// Of `cpuacct`.
        cpu: PathBuf,
        /// Of `cpu`.
        quota: PathBuf,
        /// Of `pids`.
        pids: PathBuf,
        /// Of `blkio`.
        io: PathBuf,
    },
    /// Under v2, one for all controllers.
    V2(PathBuf),
}

impl Directories {
    /// The cgroup of a container, as the host sees it. `membership` is the text of `/proc/<pid>/cgroup` of a process in
    /// the container, `root` the root directory (`/` outside of tests).
    ///
    /// `None` when the process is in no cgroup whose path names the container: it belongs to another one, or the
    /// caller is in a container itself and sees other paths than the host.
    #[must_use]
    pub fn of_container(root: &Path, membership: &str, container: &str) -> Option<Self> {
        let mount = root.join(MOUNT.trim_start_matches('/'));
        let membership = Membership(membership);
        let v1 = |controller: Controller| {
            let (names, path) = membership.v1(controller).filter(|(_, path)| path.contains(container))?;
            // A shared hierarchy is mounted under all its names, or linked from each one.
            let shared = mount.join(names);
            let hierarchy = if shared.is_dir() { shared } else { mount.join(controller.v1_name()) };
            Some(hierarchy.join(path))
        };
        if let Some(memory) = v1(Controller::Memory) {
            let (cpu, quota) = (v1(Controller::Cpu)?, v1(Controller::CpuQuota)?);
            let (pids, io) = (v1(Controller::Pids)?, v1(Controller::Io)?);
            return Some(Self::V1 { memory, cpu, quota, pids, io });
        }
        membership.v2().find(|path| path.contains(container)).map(|path| Self::V2(mount.join(path)))
    }

    /// The version that the cgroup is of.
    #[must_use]
    pub fn version(&self) -> Version {
        match self {
            Self::V1 { .. } => Version::V1,
            Self::V2(_) => Version::V2,
        }
    }

    /// The path of one of its files.
    #[must_use]
    pub fn path(&self, file: File) -> PathBuf {
        let directory = match self {
            Self::V1 { memory, cpu, quota, pids, io } => match file.controller() {
                Controller::Memory => memory,
                Controller::Cpu => cpu,
                Controller::CpuQuota => quota,
                Controller::Pids => pids,
                Controller::Io => io,
            },
            Self::V2(directory) => directory,
        };
        directory.join(file.name(self.version()))
    }

    /// Where v1 keeps the limit on the buffers of TCP and UDP sockets, which are not counted before it is set. Under v2
    /// they count as memory.
    #[must_use]
    pub fn socket_buffers_limit(&self) -> Option<PathBuf> {
        match self {
            Self::V1 { memory, .. } => Some(memory.join("memory.kmem.tcp.limit_in_bytes")),
            Self::V2(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const V1: &str =
        "12:pids:/docker/abc\n5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n3:blkio:/docker/abc\n0::/\n";

    #[test]
    fn under_v1_each_controller_has_a_directory() {
        let root = tempfile::tempdir().unwrap();
        let mount = root.path().join("sys/fs/cgroup");
        let found = Directories::of_container(root.path(), V1, "abc").unwrap();
        assert_eq!(found.version(), Version::V1);
        assert_eq!(found.path(File::MemoryUsage), mount.join("memory/docker/abc/memory.usage_in_bytes"));
        assert_eq!(found.path(File::CpuTime), mount.join("cpuacct/docker/abc/cpuacct.usage"));
        fs::create_dir_all(mount.join("cpu,cpuacct")).unwrap();
        let found = Directories::of_container(root.path(), V1, "abc").unwrap();
        assert_eq!(found.path(File::CpuTime), mount.join("cpu,cpuacct/docker/abc/cpuacct.usage"));
    }

    #[test]
    fn under_v2_all_controllers_share_a_directory() {
        let text = "0::/system.slice/docker-abc.scope\n";
        let found = Directories::of_container(Path::new("/"), text, "abc").unwrap();
        assert_eq!(found, Directories::V2("/sys/fs/cgroup/system.slice/docker-abc.scope".into()));
        assert_eq!(found.path(File::Io), Path::new("/sys/fs/cgroup/system.slice/docker-abc.scope/io.stat"));
    }

    #[test]
    fn the_cgroup_of_another_container_is_not_taken_for_it() {
        for text in ["5:memory:/docker/other\n0::/docker/other\n", "0::/\n", ""] {
            assert_eq!(Directories::of_container(Path::new("/"), text, "abc"), None, "{text}");
        }
    }
}
