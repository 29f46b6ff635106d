//! Which user id each sandbox with a user of its own was given.

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use super::{
    failure::failed, lease::remove_file, listing::ids, lock, names::USERS_LOCK, new_file::write_new,
};
use crate::{
    config::{id::SandboxId, user::Ids, user_range::UserRange},
    error::{Code, Error, Result},
};

/// How long another process may hold the lock, which it needs for a moment, and how often it is tried.
const PATIENCE: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_millis(1);

/// The users of a data directory: one file for each sandbox, with its user id.
#[derive(Debug)]
pub struct Users {
    directory: PathBuf,
}

impl Users {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The ids of a sandbox. One that has none, or none of the range, gets some that no other sandbox of the data directory
    /// has. The search begins at a random id, so that those of a sandbox that was removed are not soon given again.
    ///
    /// # Errors
    /// `CONFLICT` when the range is used up; `FILE_ERROR`.
    pub fn take(&self, id: &SandboxId, range: UserRange) -> Result<Ids> {
        let path = self.path(id);
        let failed = |error: &io::Error| failed("record the user of the sandbox", &path, error);
        if let Some(found) = read(&path).map_err(|error| failed(&error))?
            && range.contains(found)
        {
            return Ok(found);
        }
        let _lock = self.lock().map_err(|error| failed(&error))?;
        remove_file(&path, "replace the user of the sandbox")?;
        let taken = self.taken()?;
        let start = getrandom::u32().map_err(|error| failed(&io::Error::other(error)))? % range.size();
        let (before, after) = (range.first..range.first + start, range.first + start..=range.last);
        let free = after.chain(before).find(|id| !taken.contains(id));
        let Some(uid) = free else {
            let message = format!("all {} user ids of the range are in use", range.size());
            return Err(Error::new(Code::Conflict, message)
                .hint("remove sandboxes with their workspaces, or pass a larger range: user: 'unique:FIRST-LAST'")
                .detail("first", range.first)
                .detail("last", range.last));
        };
        write_new(&path, uid.to_string().as_bytes()).map_err(|error| failed(&error))?;
        Ok(Ids { uid, gid: uid })
    }

    /// The ids that a sandbox was given.
    ///
    /// # Errors
    /// `FILE_ERROR`.
    pub fn find(&self, id: &SandboxId) -> Result<Option<Ids>> {
        let path = self.path(id);
        read(&path).map_err(|error| failed("read the user of the sandbox", &path, &error))
    }

    /// Gives the ids of a sandbox back; one that has none is fine.
    pub(super) fn release(&self, id: &SandboxId) -> Result<()> {
        remove_file(&self.path(id), "forget the user of the sandbox")
    }

    fn taken(&self) -> Result<HashSet<u32>> {
        let mut taken = HashSet::new();
        for id in ids(&self.directory, "")? {
            taken.extend(self.find(&id)?.map(|ids| ids.uid));
        }
        Ok(taken)
    }

    /// Held while ids are chosen, by one thread of one process. Waits on a thread that may block.
    fn lock(&self) -> io::Result<File> {
        let file = lock::open(&self.directory.join(USERS_LOCK))?;
        let begun = Instant::now();
        while !lock::try_lock(&file)? {
            if begun.elapsed() > PATIENCE {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process has held its lock for too long",
                ));
            }
            sleep(RETRY);
        }
        Ok(file)
    }

    fn path(&self, id: &SandboxId) -> PathBuf {
        self.directory.join(id.as_str())
    }
}

fn read(path: &Path) -> io::Result<Option<Ids>> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // A file that was damaged is as good as none.
        text => Ok(text?.parse().ok().filter(|uid| *uid != 0).map(|uid| Ids { uid, gid: uid })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> SandboxId {
        SandboxId::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn each_sandbox_keeps_an_id_of_its_own_until_it_is_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let users = Users::new(directory.path().to_owned());
        let range = UserRange { first: 70, last: 72 };
        let mut given: Vec<u32> =
            ["a", "b", "c"].iter().map(|name| users.take(&id(name), range).unwrap().uid).collect();
        assert_eq!(users.take(&id("a"), range).unwrap().uid, given[0]);
        given.sort_unstable();
        assert_eq!(given, [70, 71, 72]);

        let error = users.take(&id("d"), range).unwrap_err();
        assert_eq!((error.code(), error.details()["last"].clone()), (Code::Conflict, 72.into()));
        users.release(&id("b")).unwrap();
        users.release(&id("b")).unwrap();
        assert!(users.take(&id("d"), range).is_ok());
    }

    #[test]
    fn an_id_out_of_the_range_and_a_damaged_file_are_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let users = Users::new(directory.path().to_owned());
        let (old, new) = (UserRange { first: 70, last: 70 }, UserRange { first: 80, last: 81 });
        users.take(&id("a"), old).unwrap();
        let moved = users.take(&id("a"), new).unwrap();
        assert!(new.contains(moved));
        fs::write(directory.path().join("a"), "what").unwrap();
        assert!(new.contains(users.take(&id("a"), new).unwrap()));
    }

    #[test]
    fn threads_that_choose_at_once_get_different_ids() {
        let directory = tempfile::tempdir().unwrap();
        let range = UserRange { first: 100, last: 139 };
        let threads: Vec<_> = (0..40)
            .map(|number| {
                let users = Users::new(directory.path().to_owned());
                std::thread::spawn(move || users.take(&id(&format!("s{number}")), range).unwrap().uid)
            })
            .collect();
        let given: HashSet<u32> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(given.len(), 40);
    }
}
