//! Loop devices, which make files mountable.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io,
    os::{
        fd::AsRawFd,
        unix::{ffi::OsStrExt, fs::MetadataExt},
    },
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    sys::stat::{Mode, SFlag, makedev, mknod},
};

/// How often to try again when another process has taken the free device first.
const ATTEMPTS: usize = 64;

/// The major number of loop devices.
pub const MAJOR: u64 = 7;

/// Releases the device when it is closed for the last time (`LO_FLAGS_AUTOCLEAR`).
const AUTOCLEAR: u32 = 4;

/// A device that is attached to a file. It is released when this is dropped, unless it is mounted.
pub struct LoopDevice {
    file: File,
    number: u32,
}

impl LoopDevice {
    /// The path of the device.
    pub fn path(&self) -> PathBuf {
        path(self.number)
    }
}

/// Attaches a free device to a file.
///
/// # Errors
/// `EACCES`, `EPERM` or `ENOENT` if this process can't use loop devices.
pub fn attach(image: &Path) -> io::Result<LoopDevice> {
    let backing = OpenOptions::new().read(true).write(true).open(image)?;
    let control = OpenOptions::new().read(true).write(true).open("/dev/loop-control")?;
    let mut last = Errno::EBUSY;
    for _ in 0..ATTEMPTS {
        // SAFETY: the call takes no argument.
        let number = unsafe { ioctl::get_free(control.as_raw_fd()) }?;
        let number = u32::try_from(number).map_err(io::Error::other)?;
        let device = LoopDevice { file: open(number)?, number };
        let config = ioctl::Config::new(backing.as_raw_fd(), AUTOCLEAR);
        // SAFETY: the structure has the kernel's layout and is only read during the call.
        match unsafe { ioctl::configure(device.file.as_raw_fd(), &raw const config) } {
            Ok(_) => return Ok(device),
            Err(Errno::EBUSY) => {}
            Err(errno) => last = errno,
        }
        if last != Errno::EBUSY {
            break;
        }
    }
    Err(last.into())
}

/// The device that is attached to a file, by any process.
///
/// # Errors
/// I/O errors of the system.
pub fn find(image: &Path) -> io::Result<Option<LoopDevice>> {
    let wanted = image.metadata()?;
    for entry in fs::read_dir("/sys/block")? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("loop")?.parse().ok());
        let Some(number) = number.filter(|_| is_of_name(&entry.path(), image)) else { continue };
        let Ok(file) = open(number) else { continue };
        let mut status = ioctl::Info::default();
        // SAFETY: the structure has the kernel's layout and is only written during the call. It fails for devices that were
        // released meanwhile, which are not the one wanted.
        if unsafe { ioctl::get_status(file.as_raw_fd(), &raw mut status) }.is_ok()
            && (status.device, status.inode) == (wanted.dev(), wanted.ino())
        {
            return Ok(Some(LoopDevice { file, number }));
        }
    }
    Ok(None)
}

/// Whether the file of a device has the same name as `image`. Other devices must not be opened, because an open device is not
/// released.
fn is_of_name(device: &Path, image: &Path) -> bool {
    // Only the name is compared: the path may be of another mount namespace.
    let backing = fs::read(device.join("loop/backing_file")).unwrap_or_default();
    let path = Path::new(OsStr::from_bytes(backing.trim_ascii_end()));
    path.file_name() == image.file_name()
}

/// The device with this device number.
///
/// # Errors
/// `ENODEV` if it is not a loop device.
pub fn of(device: u64) -> io::Result<LoopDevice> {
    let (major, minor) = (nix::sys::stat::major(device), nix::sys::stat::minor(device));
    let link = fs::read_link(format!("/sys/dev/block/{major}:{minor}"))?;
    let name = link.file_name().and_then(|name| name.to_str());
    let number = name.and_then(|name| name.strip_prefix("loop")?.parse().ok());
    let number = number.ok_or_else(|| io::Error::from(Errno::ENODEV))?;
    Ok(LoopDevice { file: open(number)?, number })
}

fn path(number: u32) -> PathBuf {
    PathBuf::from(format!("/dev/loop{number}"))
}

fn open(number: u32) -> io::Result<File> {
    let open = || OpenOptions::new().read(true).write(true).open(path(number));
    match open() {
        // In a container, /dev contains only the devices that existed at its start.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mode = Mode::S_IRUSR | Mode::S_IWUSR;
            match mknod(&path(number), SFlag::S_IFBLK, mode, makedev(MAJOR, u64::from(number))) {
                Ok(()) | Err(Errno::EEXIST) => open(),
                Err(errno) => Err(errno.into()),
            }
        }
        outcome => outcome,
    }
}

/// `linux/loop.h`
mod ioctl {
    use std::os::fd::RawFd;

    /// `struct loop_info64`
    #[repr(C)]
    pub struct Info {
        pub device: u64,
        pub inode: u64,
        rdevice: u64,
        offset: u64,
        size_limit: u64,
        number: u32,
        encrypt_type: u32,
        encrypt_key_size: u32,
        flags: u32,
        file_name: [u8; 64],
        crypt_name: [u8; 64],
        encrypt_key: [u8; 32],
        init: [u64; 2],
    }

    /// `struct loop_config`
    #[repr(C)]
    pub struct Config {
        fd: u32,
        block_size: u32,
        info: Info,
        reserved: [u64; 8],
    }

    impl Default for Info {
        fn default() -> Self {
            Self {
                device: 0,
                inode: 0,
                rdevice: 0,
                offset: 0,
                size_limit: 0,
                number: 0,
                encrypt_type: 0,
                encrypt_key_size: 0,
                flags: 0,
                file_name: [0; 64],
                crypt_name: [0; 64],
                encrypt_key: [0; 32],
                init: [0; 2],
            }
        }
    }

    impl Config {
        pub fn new(backing: RawFd, flags: u32) -> Self {
            let info = Info { flags, ..Info::default() };
            Self { fd: backing.unsigned_abs(), block_size: 0, info, reserved: [0; 8] }
        }
    }

    nix::ioctl_none_bad!(get_free, 0x4c82);
    nix::ioctl_read_bad!(get_status, 0x4c05, Info);
    nix::ioctl_write_ptr_bad!(configure, 0x4c0a, Config);
}
