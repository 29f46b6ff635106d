use cofferdam_protocol::{SystemError, copy::Reason};
use nix::errno::Errno;

/// An error number, as it is reported to the other side.
#[must_use]
pub fn describe(errno: Errno) -> SystemError {
    SystemError { name: format!("{errno:?}"), message: errno.desc().to_owned() }
}

/// An error number, as the reason of a failure.
#[must_use]
pub fn system(errno: Errno) -> Reason {
    match errno {
        // `Cursor` gives this when a directory was moved. No other operation here does.
        Errno::ESTALE => Reason::Changed,
        errno => Reason::System(describe(errno)),
    }
}

/// An error of the standard library, as the reason of a failure.
#[must_use]
pub fn from_io(error: &std::io::Error) -> Reason {
    system(errno(error))
}

/// The error number of an error of the standard library.
#[must_use]
pub fn errno(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(Errno::EIO as i32))
}
