use cofferdam_protocol::file::Kind;
use nix::{libc, sys::stat::FileStat};

/// What a file is, if it is not a regular one.
#[must_use]
pub fn kind(stat: &FileStat) -> Option<Kind> {
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => None,
        libc::S_IFDIR => Some(Kind::Directory),
        libc::S_IFIFO => Some(Kind::Fifo),
        libc::S_IFSOCK => Some(Kind::Socket),
        libc::S_IFCHR | libc::S_IFBLK => Some(Kind::Device),
        _ => Some(Kind::Other),
    }
}
