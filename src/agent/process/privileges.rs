//! The privileges that a command gives up for good.

use cofferdam_protocol::ulimit::{UNLIMITED, Ulimit};
use nix::{
    errno::Errno,
    fcntl::{OFlag, open},
    sys::{
        prctl::set_no_new_privs,
        resource::{RLIM_INFINITY, Resource, rlim_t, setrlimit},
        stat::Mode,
    },
    unistd::{Gid, ROOT, setfsuid, setgroups, setresgid, setresuid, write},
};

use crate::ids::Ids;

/// The lowest priority: in a busy sandbox the agent still gets its turn.
const NICE: i32 = 19;

/// The privileges that a child gives up.
pub struct Privileges {
    ids: Ids,
    /// The groups that the image gives the user, beside the one in `ids`.
    groups: Vec<Gid>,
    /// The limits of each process.
    ulimits: Vec<(Resource, Ulimit)>,
    /// The capabilities of the bounding set.
    bounding: Vec<libc::c_ulong>,
}

impl Privileges {
    /// Those of a child that becomes this user.
    pub fn of(ids: Ids, groups: Vec<Gid>, ulimits: Vec<(Resource, Ulimit)>) -> Self {
        /// The highest possible number of a capability: the sets are 64 bits wide.
        const LAST: libc::c_ulong = 63;
        // SAFETY: takes only numbers, and returns -1 for a capability that the kernel does not know.
        let held = |capability: &libc::c_ulong| unsafe { libc::prctl(libc::PR_CAPBSET_READ, *capability, 0, 0, 0) } == 1;
        Self { ids, groups, ulimits, bounding: (0..=LAST).filter(held).collect() }
    }

    /// The user's id.
    pub fn user(&self) -> u32 {
        self.ids.uid.as_raw()
    }

    /// Becomes the user, with the tag and the image's groups, and without any capability, in the bounding and inheritable
    /// sets too.
    pub fn drop(&self, tag: Gid) -> Result<(), Errno> {
        let Ids { uid, gid } = self.ids;
        self.yield_to_the_agent();
        for capability in &self.bounding {
            // SAFETY: takes only numbers.
            Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, *capability, 0, 0, 0) })?;
        }
        setgroups(&[&[tag], self.groups.as_slice()].concat())?;
        setresgid(gid, gid, gid)?;
        setresuid(uid, uid, uid)?;
        clear_capabilities()?;
        set_no_new_privs()?;
        // Last: with some of them, not much more can be done.
        for (resource, Ulimit { soft, hard }) in &self.ulimits {
            setrlimit(*resource, limit(*soft), limit(*hard))?;
        }
        Ok(())
    }

    /// Makes the kernel kill the command rather than the agent when memory runs out, and gives the agent precedence when
    /// processor time does. The command can undo the former, so errors are ignored.
    fn yield_to_the_agent(&self) {
        // The files in /proc/self belong to root while the process is not dumpable.
        setfsuid(ROOT);
        be_killed_first();
        setfsuid(self.ids.uid);
        // SAFETY: takes only numbers.
        unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
    }
}

fn limit(value: i64) -> rlim_t {
    if value == UNLIMITED { RLIM_INFINITY } else { value.unsigned_abs() }
}

/// What a command on the host gives up: core dumps, as in a container, and set-user-id programs, because the agent could
/// not kill a process of another user.
pub fn renounce() -> Result<(), Errno> {
    be_killed_first();
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    set_no_new_privs()
}

/// Makes the kernel kill this process before others when memory runs out.
fn be_killed_first() {
    if let Ok(file) = open(c"/proc/self/oom_score_adj", OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty()) {
        let _ = write(&file, b"1000");
    }
}

fn clear_capabilities() -> Result<(), Errno> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    /// `_LINUX_CAPABILITY_VERSION_3` of `linux/capability.h`.
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header { version: VERSION_3, pid: 0 };
    // Effective, permitted and inheritable, each as two words.
    let none = [0_u32; 6];
    // SAFETY: header and data have the layout that version 3 of the call requires, and outlive it.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &raw const header, &raw const none) }).map(drop)
}
