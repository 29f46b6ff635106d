//! How many processors programs believe that they have.

use std::mem;

use nix::errno::Errno;

/// What common libraries and tools read before they count processors: OpenMP and `nproc`, three libraries for numbers in
/// Python, Rayon, Go, Python itself from 3.13 on, and `CMake`. A quota on processor time hides none of the machine's processors from them.
pub const VARIABLES: [&str; 8] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "GOMAXPROCS",
    "PYTHON_CPU_COUNT",
    "CMAKE_BUILD_PARALLEL_LEVEL",
];

/// How many to name, for a sandbox that may use this many. `None` if programs see no more than that anyway.
pub fn named(allowed: Option<u32>) -> Option<u32> {
    allowed.filter(|allowed| visible().is_ok_and(|visible| visible > *allowed))
}

/// How many processors this process may run on.
fn visible() -> Result<u32, Errno> {
    // SAFETY: a set of processors is valid when it is all zeros.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: the set is valid for writing its own size during the call.
    Errno::result(unsafe { libc::sched_getaffinity(0, mem::size_of_val(&set), &raw mut set) })?;
    // SAFETY: only reads the set.
    let count = unsafe { libc::CPU_COUNT(&set) };
    Ok(u32::try_from(count).unwrap_or(0))
}
