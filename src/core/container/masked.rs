//! The paths that are hidden from a sandbox.

/// Paths that appear empty in a sandbox. A list of ours replaces the engine's, so it contains that of every release.
const PATHS: [&str; 24] = [
    // The engine's.
    "/proc/acpi",
    "/proc/asound",
    "/proc/interrupts",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/devices/virtual/powercap",
    "/sys/firmware",
    // The files behind loop devices: the paths of all disk images.
    "/sys/block",
    "/sys/class/block",
    "/sys/dev/block",
    "/sys/devices/virtual/block",
    // The mounted disks, one for each neighbour, with what is written to each.
    "/proc/diskstats",
    "/proc/partitions",
    "/sys/devices/virtual/bdi",
    "/sys/fs/ext4",
    // Exported directories, mounted shares.
    "/proc/fs",
    // RAID arrays, swap files, and the parameters that the host was booted with.
    "/proc/mdstat",
    "/proc/swaps",
    "/proc/cmdline",
];

/// For how many processors of the host the thermal state is hidden, as newer engines do. A path that does not exist
/// costs next to nothing.
const PROCESSORS: usize = 256;

/// All paths to hide.
pub fn masked_paths() -> Vec<String> {
    let thermal =
        (0..PROCESSORS).map(|number| format!("/sys/devices/system/cpu/cpu{number}/thermal_throttle"));
    PATHS.into_iter().map(str::to_owned).chain(thermal).collect()
}
