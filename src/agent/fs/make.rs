use std::{
    io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use cofferdam_fstree::describe;
use cofferdam_protocol::{RawPath, file::Failure, layout};
use nix::{
    errno::Errno,
    fcntl::{AT_FDCWD, OFlag},
    sys::stat::{Mode, mkdirat},
};

use super::{
    failure::{failure, from_io},
    open::{in_workspace, open},
    place::{open_or_create, open_parent},
};

use crate::workspace::WORKSPACE;

/// How many names of temporary directories are tried.
const TRIES: usize = 100;

/// The random characters at the end of such a name.
const RANDOM: usize = 6;

/// Creates a directory.
pub fn directory(path: &RawPath, mode: u32) -> Result<(), Failure> {
    match open_parent(path) {
        Ok((directory, name)) => mkdirat(&directory, name.as_c_str(), bits(mode)).map_err(failure),
        // The top of a file system, or a path that ends in `..`.
        Err(Failure::System(error)) if error == describe(Errno::EBUSY) => Err(failure(Errno::EEXIST)),
        Err(failure) => Err(failure),
    }
}

/// Creates a directory and those that are missing above it. Returns the first one created.
pub fn directories(path: &RawPath, mode: u32) -> Result<Option<RawPath>, Failure> {
    let path = in_workspace(path);
    let mut first: Option<PathBuf> = None;
    let outcome = open_or_create(&path, bits(mode), |created| {
        first.get_or_insert_with(|| created.to_owned());
    });
    match outcome {
        Ok(_) => Ok(first.map(|first| absolute(&first))),
        // As `node:fs` has it: something else with the name of the directory.
        Err(Errno::ENOTDIR) if open(AT_FDCWD, &path, OFlag::O_PATH).is_ok() => Err(failure(Errno::EEXIST)),
        Err(errno) => Err(failure(errno)),
    }
}

/// Creates a directory with a random name that only the user may enter.
pub fn temporary(prefix: &RawPath) -> Result<RawPath, Failure> {
    for _ in 0..TRIES {
        let path: RawPath = [prefix.as_bytes(), &random().map_err(|error| from_io(&error))?].concat().into();
        let (directory, name) = open_parent(&path)?;
        match mkdirat(&directory, name.as_c_str(), Mode::S_IRWXU) {
            Ok(()) => return Ok(path),
            Err(Errno::EEXIST) => {}
            Err(errno) => return Err(failure(errno)),
        }
    }
    Err(failure(Errno::EEXIST))
}

fn bits(mode: u32) -> Mode {
    Mode::from_bits_truncate(mode & 0o7777)
}

/// Random letters and digits.
fn random() -> io::Result<[u8; RANDOM]> {
    const CHARACTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab";
    let mut bytes = [0_u8; RANDOM];
    // SAFETY: the buffer is valid for writing its length.
    if unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(bytes.map(|byte| CHARACTERS.get(usize::from(byte & 63)).copied().unwrap_or(b'a')))
}

/// A path as the host knows it.
fn absolute(path: &Path) -> RawPath {
    let absolute = match path.strip_prefix(WORKSPACE) {
        Ok(rest) => Path::new(layout::WORKSPACE).join(rest),
        Err(_) => path.to_owned(),
    };
    absolute.as_os_str().as_bytes().to_vec().into()
}
