//! Pseudo-terminals.

use std::{
    fs::File,
    os::fd::{AsRawFd, OwnedFd},
};

use cofferdam_protocol::process::handle::Size;
use nix::{
    errno::Errno,
    fcntl::{OFlag, open},
    sys::stat::Mode,
};

/// A terminal. This thread accesses files as the sandbox's user, so the kernel gives the other side to that user.
pub struct Terminal {
    master: File,
    /// The path of the side that a process runs in.
    pub path: String,
}

impl Terminal {
    /// Opens a new terminal.
    pub fn open(size: Size) -> Result<Self, Errno> {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let master = File::from(open(c"/dev/ptmx", flags, Mode::empty())?);
        let (mut number, unlocked) = (0_i32, 0_i32);
        // SAFETY: the descriptor is open, and the kernel reads or writes one `int` at the address.
        unsafe {
            Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlocked))?;
            Errno::result(libc::ioctl(master.as_raw_fd(), libc::TIOCGPTN, &raw mut number))?;
        }
        let terminal = Self { master, path: format!("/dev/pts/{number}") };
        terminal.resize(size)?;
        Ok(terminal)
    }

    /// Changes its size. The kernel tells the processes in the foreground.
    pub fn resize(&self, Size { cols, rows }: Size) -> Result<(), Errno> {
        let size = libc::winsize { ws_row: rows, ws_col: cols, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the descriptor is open, and the kernel reads one `winsize` at the address.
        Errno::result(unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) })
            .map(drop)
    }

    /// The agent's side: what is read from it was written by processes, and the other way round.
    pub fn side(&self) -> std::io::Result<OwnedFd> {
        self.master.try_clone().map(OwnedFd::from)
    }
}
