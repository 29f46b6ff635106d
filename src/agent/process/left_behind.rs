use nix::unistd::Gid;

use super::{confinement::Confinement, kill::kill, mark::Mark, procfs};

/// The processes that commands have left behind: the mark of each such command, and how many processes carry it.
pub struct LeftBehind(Vec<(Mark, usize)>);

impl LeftBehind {
    /// Looks for them among all processes. `in_use` says which marks belong to a running command or to a child that
    /// waits for one. On the host there is only one command, so no other can have left anything behind.
    pub fn find(confinement: &Confinement, in_use: impl Fn(Mark) -> bool) -> Self {
        let Confinement::Container { tags, .. } = confinement else { return Self(Vec::new()) };
        let tags = tags.borrow();
        let tagged = procfs::processes_by_group().into_iter().filter(|(gid, _)| tags.contains(*gid));
        let marked = tagged.map(|(gid, processes)| (Mark::Tag(Gid::from_raw(gid)), processes));
        Self(marked.filter(|(mark, _)| !in_use(*mark)).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Kills all of them.
    pub async fn kill_all(self) {
        for (mark, _) in self.0 {
            kill(mark).await;
        }
    }

    /// The command that left the most.
    pub fn largest(&self) -> Option<Mark> {
        self.0.iter().max_by_key(|(_, processes)| *processes).map(|(mark, _)| *mark)
    }
}
