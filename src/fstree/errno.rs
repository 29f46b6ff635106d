use cofferdam_protocol::{SystemError, copy::Reason};
use nix::errno::Errno;

/// An error number as the other side hears of it.
#[must_use]
pub fn describe(errno: Errno) -> SystemError {
    SystemError { name: format!("{errno:?}"), message: errno.desc().to_owned() }
}

/// An error number as the reason of a failure.
#[must_use]
pub fn system(errno: Errno) -> Reason {
    match errno {
        // Of a directory that is not where it was, and of nothing else that is done here.
        Errno::ESTALE => Reason::Changed,
        errno => Reason::System(describe(errno)),
    }
}

/// The same for errors of the standard library.
#[must_use]
pub fn from_io(error: &std::io::Error) -> Reason {
    system(errno(error))
}

/// The error number of an error of the standard library.
#[must_use]
pub fn errno(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(Errno::EIO as i32))
}
