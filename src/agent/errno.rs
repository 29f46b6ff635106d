use cofferdam_protocol::SystemError;
use nix::errno::Errno;

/// An error number as the host hears of it.
pub fn describe(errno: Errno) -> SystemError {
    SystemError { name: format!("{errno:?}"), message: errno.desc().to_owned() }
}
