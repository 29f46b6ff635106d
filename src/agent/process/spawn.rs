//! Starting a command as the sandbox's user.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ffi::{CString, OsString},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::{OsStrExt, OsStringExt},
    },
    path::Path,
};

use cofferdam_protocol::exec::{Command, Exec, Stage};
use nix::{
    errno::Errno,
    fcntl::{OFlag, open},
    sys::{
        signal::{SigHandler, SigSet, SigmaskHow, Signal, sigprocmask},
        stat::{Mode, umask},
    },
    unistd::{
        ForkResult, Gid, Pid, chdir, dup2_stderr, dup2_stdin, dup2_stdout, execve, fork, pipe2, setfsuid, setgroups,
        setresgid, setresuid, setsid, write,
    },
};

use crate::user::{Ids, User, WORKSPACE};

/// Where programs are looked for when neither the image nor the command sets `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Lower than the agent's by all that there is: in a busy sandbox the agent still gets its turn.
const NICE: i32 = 19;

/// Why a command did not start.
pub type SpawnError = (Stage, Errno);

/// A command that was forked; whether its program runs, `failure` tells.
pub struct Child {
    pub pid: Pid,
    /// The writing end of its standard input, when it has one.
    pub stdin: Option<OwnedFd>,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    /// Ends when the program runs; before that it gives an [`encode_failure`].
    pub failure: OwnedFd,
}

/// Starts commands as one user.
pub struct Spawner {
    ids: Ids,
    shell: &'static str,
    environment: BTreeMap<OsString, OsString>,
    /// The capabilities of the bounding set, which every command drops.
    bounding: Vec<libc::c_ulong>,
}

/// All that the child needs, made before the fork.
struct Plan {
    /// The paths at which the program may be, in order.
    programs: Vec<CString>,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    directory: CString,
}

impl Spawner {
    /// Takes over the agent's own environment, which is the image's.
    pub fn new(user: &User) -> Self {
        let mut environment: BTreeMap<_, _> = std::env::vars_os().collect();
        for (name, value) in [("HOME", &user.home), ("USER", &user.name), ("LOGNAME", &user.name)] {
            environment.insert(name.into(), value.into());
        }
        environment.entry("PATH".into()).or_insert_with(|| DEFAULT_PATH.into());
        Self { ids: user.ids, shell: find_shell(), environment, bounding: bounding_set() }
    }

    /// The shell that command lines run under.
    pub fn shell(&self) -> &str {
        self.shell
    }

    /// Forks a child that becomes the command, marked with `tag`.
    pub fn spawn(&self, request: &Exec, tag: Gid) -> Result<Child, SpawnError> {
        let plan = self.plan(request).ok_or((Stage::Arguments, Errno::EINVAL))?;
        self.fork(&plan, request.stdin, tag).map_err(|errno| (Stage::Fork, errno))
    }

    fn plan(&self, request: &Exec) -> Option<Plan> {
        let mut environment = self.environment.clone();
        for (name, value) in &request.env {
            if name.is_empty() || name.contains('=') {
                return None;
            }
            environment.insert(name.into(), value.into());
        }
        let arguments = match &request.command {
            Command::Shell(line) => vec![self.shell.to_owned(), "-c".to_owned(), line.clone()],
            Command::Argv(arguments) => arguments.clone(),
        };
        let path = environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let directory = Path::new(WORKSPACE).join(request.cwd.as_deref().unwrap_or_default());
        Some(Plan {
            programs: programs(arguments.first()?, &path)?,
            arguments: arguments.into_iter().map(CString::new).collect::<Result<_, _>>().ok()?,
            environment: environment
                .into_iter()
                .map(|(mut entry, value)| {
                    entry.push("=");
                    entry.push(value);
                    CString::new(entry.into_vec())
                })
                .collect::<Result<_, _>>()
                .ok()?,
            directory: CString::new(directory.as_os_str().as_bytes()).ok()?,
        })
    }

    fn fork(&self, plan: &Plan, with_stdin: bool, tag: Gid) -> Result<Child, Errno> {
        let (stdin_read, stdin_write) = if with_stdin {
            let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
            (read, Some(write))
        } else {
            (open("/dev/null", OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty())?, None)
        };
        let (stdout_read, stdout_write) = pipe2(OFlag::O_CLOEXEC)?;
        let (stderr_read, stderr_write) = pipe2(OFlag::O_CLOEXEC)?;
        let (failure_read, failure_write) = pipe2(OFlag::O_CLOEXEC)?;
        // SAFETY: this process has one thread, so the child may use all that was built up to here; it leaves
        // by `execve` or `_exit` and runs no destructor.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Child {
                pid: child,
                stdin: stdin_write,
                stdout: stdout_read,
                stderr: stderr_read,
                failure: failure_read,
            }),
            ForkResult::Child => {
                let streams = [stdin_read.as_fd(), stdout_write.as_fd(), stderr_write.as_fd()];
                let Err((stage, errno)) = self.become_command(plan, streams, tag);
                let _ = write(&failure_write, &encode_failure(stage, errno));
                // SAFETY: ends the child at once.
                unsafe { libc::_exit(127) }
            }
        }
    }

    /// In the child: sheds all that is the agent's, then executes the program.
    fn become_command(
        &self,
        plan: &Plan,
        [stdin, stdout, stderr]: [BorrowedFd; 3],
        tag: Gid,
    ) -> Result<Infallible, SpawnError> {
        let stage = |stage: Stage| move |errno: Errno| (stage, errno);
        setsid().map_err(stage(Stage::Fork))?;
        dup2_stdin(stdin).map_err(stage(Stage::Fork))?;
        dup2_stdout(stdout).map_err(stage(Stage::Fork))?;
        dup2_stderr(stderr).map_err(stage(Stage::Fork))?;
        yield_to_the_agent(self.ids);
        self.drop_privileges(tag).map_err(stage(Stage::Identity))?;
        restore_signals().map_err(stage(Stage::Identity))?;
        umask(Mode::from_bits_truncate(0o022));
        chdir(plan.directory.as_c_str()).map_err(stage(Stage::WorkingDirectory))?;
        Err((Stage::Execute, execute(plan)))
    }

    /// Becomes the user, with the tag as the only other group and without any capability, also in the
    /// bounding and inheritable sets.
    fn drop_privileges(&self, tag: Gid) -> Result<(), Errno> {
        let Ids { uid, gid } = self.ids;
        for capability in &self.bounding {
            // SAFETY: takes numbers only.
            Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, *capability, 0, 0, 0) })?;
        }
        setgroups(&[tag])?;
        setresgid(gid, gid, gid)?;
        setresuid(uid, uid, uid)?;
        clear_capabilities()?;
        nix::sys::prctl::set_no_new_privs()
    }
}

/// What the child writes when it fails: the stage, then the error number.
fn encode_failure(stage: Stage, errno: Errno) -> [u8; 5] {
    let [a, b, c, d] = (errno as i32).to_le_bytes();
    [stage as u8, a, b, c, d]
}

/// Reads what [`encode_failure`] wrote; `None` for anything else, above all for nothing.
pub fn decode_failure(bytes: &[u8]) -> Option<SpawnError> {
    let [stage, a, b, c, d] = *bytes.as_array()?;
    let stage = [Stage::Fork, Stage::Identity, Stage::WorkingDirectory, Stage::Execute]
        .into_iter()
        .find(|known| *known as u8 == stage)?;
    Some((stage, Errno::from_raw(i32::from_le_bytes([a, b, c, d]))))
}

/// Makes the kernel prefer the command to the agent when memory runs out, and the agent to the command when
/// processor time does. The command can undo the former, so what fails here is no failure.
fn yield_to_the_agent(ids: Ids) {
    // Files of /proc/self belong to root while the process is not dumpable.
    setfsuid(nix::unistd::ROOT);
    if let Ok(file) = open(c"/proc/self/oom_score_adj", OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty()) {
        let _ = write(&file, b"1000");
    }
    setfsuid(ids.uid);
    // SAFETY: takes numbers only.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
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
    // SAFETY: header and data have the layout that version 3 of the call asks for, and outlive it.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &raw const header, &raw const none) }).map(drop)
}

/// Rust ignores `SIGPIPE`; a program expects the default.
fn restore_signals() -> Result<(), Errno> {
    // SAFETY: installs no handler.
    unsafe { nix::sys::signal::signal(Signal::SIGPIPE, SigHandler::SigDfl) }?;
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

/// Tries each path; as in a shell, one that is there but may not be executed says more than one that is not.
fn execute(plan: &Plan) -> Errno {
    let mut outcome = Errno::ENOENT;
    for program in &plan.programs {
        let Err(errno) = execve(program, &plan.arguments, &plan.environment);
        match errno {
            Errno::ENOENT | Errno::ENOTDIR => {}
            Errno::EACCES => outcome = errno,
            _ => return errno,
        }
    }
    outcome
}

fn programs(name: &str, path: &OsString) -> Option<Vec<CString>> {
    if name.contains('/') {
        return Some(vec![CString::new(name).ok()?]);
    }
    let candidate = |directory: &[u8]| {
        // An empty entry of PATH is the working directory.
        let directory = if directory.is_empty() { b"." } else { directory };
        CString::new([directory, b"/", name.as_bytes()].concat()).ok()
    };
    match name {
        "" => None,
        _ => path.as_bytes().split(|byte| *byte == b':').map(candidate).collect(),
    }
}

fn find_shell() -> &'static str {
    ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"]
        .into_iter()
        .find(|path| Path::new(path).is_file())
        .unwrap_or("/bin/sh")
}

fn bounding_set() -> Vec<libc::c_ulong> {
    /// The highest number that a capability can have: the sets are 64 bits wide.
    const LAST: libc::c_ulong = 63;
    // SAFETY: takes numbers only; gives -1 for a capability that the kernel does not know.
    (0..=LAST).filter(|capability| unsafe { libc::prctl(libc::PR_CAPBSET_READ, *capability, 0, 0, 0) } == 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_survives_the_pipe() {
        let failure = (Stage::WorkingDirectory, Errno::ENOENT);
        assert_eq!(decode_failure(&encode_failure(failure.0, failure.1)), Some(failure));
        assert_eq!(decode_failure(b""), None);
        assert_eq!(decode_failure(&[250, 0, 0, 0, 0]), None);
    }

    #[test]
    fn a_program_with_a_slash_is_not_looked_up() {
        let path = OsString::from("/bin::/usr/bin");
        assert_eq!(programs("./a", &path), Some(vec![c"./a".to_owned()]));
        let found = vec![c"/bin/a".to_owned(), c"./a".to_owned(), c"/usr/bin/a".to_owned()];
        assert_eq!(programs("a", &path), Some(found));
        assert_eq!(programs("", &path), None);
    }
}
