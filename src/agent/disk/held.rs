use std::{
    collections::HashMap,
    fs::{self, DirEntry, File},
    io::{BufRead, BufReader, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use tokio::task::yield_now;

/// The unit of a file's block count, in bytes.
const BLOCK: u64 = 512;

/// How much of a list of mappings is read, in bytes: a process decides how many it has.
const MAPPINGS: u64 = 4 * 1024 * 1024;

/// The bytes that deleted files take on a device because processes hold them: open, or mapped into memory. Of a file that is
/// only mapped, what is in memory counts.
///
/// Processes that hide from their own user are left out, and so are files that are on their way through a socket.
pub async fn held(device: u64) -> u64 {
    files(device).await.into_values().sum()
}

/// The deleted files: inode to bytes.
async fn files(device: u64) -> HashMap<u64, u64> {
    let mut found = HashMap::new();
    for process in numbered("/proc".as_ref()) {
        // A thread may have files of its own.
        for thread in numbered(&process.path().join("task")) {
            open(&thread.path().join("fd"), device, &mut found);
            yield_now().await;
        }
        mapped(&process.path(), device, &mut found);
    }
    found
}

/// The entries of a directory in `/proc` whose names are numbers.
fn numbered(directory: &Path) -> impl Iterator<Item = DirEntry> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit))
}

/// Adds the deleted files that a thread has open: inode to bytes.
fn open(descriptors: &Path, device: u64, found: &mut HashMap<u64, u64>) {
    for descriptor in numbered(descriptors) {
        // Follows the link to the file itself.
        if let Ok(file) = fs::metadata(descriptor.path())
            && file.is_file()
            && (file.dev(), file.nlink()) == (device, 0)
        {
            found.insert(file.ino(), file.blocks() * BLOCK);
        }
    }
}

/// Adds the deleted files that a process has mapped and not open. What is in memory of them is all that is known: most of a
/// file that is mapped may be a hole.
fn mapped(process: &Path, device: u64, found: &mut HashMap<u64, u64>) {
    let is_deleted = |line: &String| inode(line, device).is_some();
    // The cheap list first: few processes map deleted files.
    if !lines(&process.join("maps")).any(|line| is_deleted(&line)) {
        return;
    }
    let (mut resident, mut current) = (HashMap::<u64, u64>::new(), None);
    for line in lines(&process.join("smaps")) {
        if let Some(kibibytes) = line.strip_prefix("Rss:") {
            let kibibytes = kibibytes.trim().trim_end_matches(" kB").parse().unwrap_or(0);
            if let Some(inode) = current {
                *resident.entry(inode).or_default() += kibibytes * 1024;
            }
        } else if line.as_bytes().first().is_some_and(|byte| !byte.is_ascii_uppercase()) {
            current = inode(&line, device);
        }
    }
    for (inode, bytes) in resident {
        // What a process has open is known better.
        let known = found.entry(inode).or_default();
        *known = (*known).max(bytes);
    }
}

fn lines(file: &Path) -> impl Iterator<Item = String> {
    let content = File::open(file)
        .into_iter()
        .flat_map(|file| BufReader::new(file.take(MAPPINGS)).split(b'\n').map_while(Result::ok));
    content.map(|line| String::from_utf8_lossy(&line).into_owned())
}

/// The inode of the deleted file in a line such as `7f00-7f02 rw-s 00001000 08:01 42  /workspace/file (deleted)`; `None` for
/// other mappings. A file whose name ends like that counts twice.
fn inode(line: &str, device: u64) -> Option<u64> {
    let mut fields = line.strip_suffix(" (deleted)")?.split_ascii_whitespace();
    let (major, minor) = fields.nth(3)?.split_once(':')?;
    let number = |text: &str| u32::from_str_radix(text, 16).ok();
    if libc::makedev(number(major)?, number(minor)?) != device {
        return None;
    }
    fields.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write, os::fd::AsRawFd};

    use super::*;

    #[test]
    fn mappings_of_deleted_files_are_known() {
        let line = "7f00-7f02 rw-s 00001000 08:01 42       /workspace/a b (deleted)";
        assert_eq!(inode(line, libc::makedev(8, 1)), Some(42));
        assert_eq!(inode(line, libc::makedev(8, 2)), None);
        assert_eq!(inode("7f00-7f02 rw-s 00001000 08:01 42 /workspace/a", libc::makedev(8, 1)), None);
        assert_eq!(inode("(deleted)", 0), None);
    }

    #[tokio::test]
    async fn deleted_files_count_while_they_are_held() {
        let path = std::env::temp_dir().join(format!("cofferdam-held-{}", std::process::id()));
        let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        file.write_all(&vec![1; 8 << 20]).unwrap();
        file.sync_all().unwrap();
        let (device, inode) = file.metadata().map(|file| (file.dev(), file.ino())).unwrap();
        assert_eq!(files(device).await.get(&inode), None);
        fs::remove_file(&path).unwrap();
        let size = 8 << 20..9 << 20;
        assert!(files(device).await.get(&inode).is_some_and(|bytes| size.contains(bytes)));
        let (flags, descriptor) = (libc::MAP_SHARED | libc::MAP_POPULATE, file.as_raw_fd());
        // SAFETY: a new mapping, of a file that stays as it is.
        let memory =
            unsafe { libc::mmap(std::ptr::null_mut(), 8 << 20, libc::PROT_READ, flags, descriptor, 0) };
        assert!(memory != libc::MAP_FAILED);
        drop(file);
        assert!(files(device).await.get(&inode).is_some_and(|bytes| size.contains(bytes)));
        // SAFETY: as mapped above, and nothing uses it any more.
        unsafe { libc::munmap(memory, 8 << 20) };
        assert_eq!(files(device).await.get(&inode), None);
    }
}
