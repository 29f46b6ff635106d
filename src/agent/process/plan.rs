//! The plan that tells a child which command to become.

use std::{
    cell::Cell,
    collections::BTreeMap,
    ffi::{CString, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::Path,
};

use cofferdam_protocol::process::{Command, Exec};
use serde::{Deserialize, Serialize};

use super::processors;

use crate::{user::User, workspace::WORKSPACE};

/// The search path when neither the image nor the command sets `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Everything that the child needs to become a command, in bytes that it turns into C strings.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The paths to try for the program, in order.
    pub programs: Vec<Vec<u8>>,
    /// The program's arguments, its name first.
    pub arguments: Vec<Vec<u8>>,
    /// The environment, as `NAME=value`.
    pub environment: Vec<Vec<u8>>,
    /// The working directory, absolute or relative to the workspace.
    pub directory: Vec<u8>,
    /// Whether standard input is connected; otherwise it is empty.
    pub stdin: bool,
    /// The terminal that takes the place of all three standard streams.
    pub terminal: Option<String>,
    /// Whether standard input is a channel to the host instead, which gets another descriptor.
    pub control: bool,
}

impl Plan {
    /// The byte on a child's `wake` that says that its plan is ready.
    pub const READY: u8 = 1;
}

/// Turns requests into plans.
pub struct Planner {
    shell: &'static str,
    environment: BTreeMap<OsString, OsString>,
    processors: Cell<Option<u32>>,
}

impl Planner {
    /// Starts from the agent's own environment, which is that of the image, or on the host the one that it was given.
    pub fn new(user: &User) -> Self {
        let mut environment: BTreeMap<_, _> =
            std::env::vars_os().map(|(name, value)| (name, moved(value, user))).collect();
        for (name, value) in [("HOME", &user.home), ("USER", &user.name), ("LOGNAME", &user.name)] {
            environment.insert(name.into(), value.into());
        }
        environment.entry("PATH".into()).or_insert_with(|| DEFAULT_PATH.into());
        if let Some(temporary) = &user.temporary {
            environment.entry("TMPDIR".into()).or_insert_with(|| temporary.path().into());
        }
        Self { shell: find_shell(), environment, processors: Cell::default() }
    }

    /// The shell that command lines run under.
    pub fn shell(&self) -> &str {
        self.shell
    }

    /// From now on, programs are told that they have this many processors, if they would see more. `None`: they are told nothing.
    pub fn set_processors(&self, allowed: Option<u32>) {
        self.processors.set(processors::named(allowed));
    }

    /// The plan for a request. It is not checked: the child refuses what no process can have, such as a NUL in an argument.
    pub fn plan(&self, request: &Exec, terminal: Option<String>, control: bool) -> Plan {
        let mut environment = self.environment.clone();
        if let Some(processors) = self.processors.get() {
            for name in processors::VARIABLES {
                environment.entry(name.into()).or_insert_with(|| processors.to_string().into());
            }
        }
        environment.extend(request.env.iter().map(|(name, value)| (name.into(), value.into())));
        let arguments = match &request.command {
            Command::Shell(line) => [self.shell, "-c", "--", line.as_str()].map(str::to_owned).to_vec(),
            Command::Argv(arguments) => arguments.clone(),
        };
        let path = environment.get(&OsString::from("PATH")).cloned().unwrap_or_default();
        let directory = Path::new(WORKSPACE).join(request.cwd.as_deref().unwrap_or_default());
        Plan {
            programs: programs(arguments.first().map_or("", String::as_str), &path),
            arguments: arguments.into_iter().map(String::into_bytes).collect(),
            environment: environment
                .into_iter()
                .map(|(mut entry, value)| {
                    entry.push("=");
                    entry.push(value);
                    entry.into_vec()
                })
                .collect(),
            directory: directory.as_os_str().as_bytes().to_vec(),
            stdin: request.stdin,
            terminal,
            control,
        }
    }
}

/// A value in which paths below a home directory of the image lead to the user's home directory instead, if that is another one:
/// `PATH` and what tells package managers where to install have such paths.
fn moved(value: OsString, user: &User) -> OsString {
    let Some(text) = value.to_str() else { return value };
    let rest = |path: &'_ str| {
        let mut homes = user.homes_of_image.iter().filter(|home| **home != user.home);
        let rest = homes.find_map(|home| path.strip_prefix(home.as_str()))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", user.home))
    };
    let paths: Vec<String> =
        text.split(':').map(|path| rest(path).unwrap_or_else(|| path.to_owned())).collect();
    paths.join(":").into()
}

/// The paths to try for a program: the name itself if it contains a slash, otherwise one in each directory of `PATH`.
fn programs(name: &str, path: &OsString) -> Vec<Vec<u8>> {
    if name.is_empty() || name.contains('/') {
        return vec![name.into()];
    }
    let candidate = |directory: &[u8]| {
        // An empty entry of PATH is the working directory.
        let directory = if directory.is_empty() { b"." } else { directory };
        [directory, b"/", name.as_bytes()].concat()
    };
    path.as_bytes().split(|byte| *byte == b':').map(candidate).collect()
}

/// Converts each string to a C string; `None` when one contains a NUL.
pub fn c_strings(strings: Vec<Vec<u8>>) -> Option<Vec<CString>> {
    strings.into_iter().map(|string| CString::new(string).ok()).collect()
}

fn find_shell() -> &'static str {
    ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"]
        .into_iter()
        .find(|path| Path::new(path).is_file())
        .unwrap_or("/bin/sh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_derives_from_a_home_directory_moves_with_it() {
        let ids = "1000:1000".parse().unwrap();
        let homes_of_image = vec!["/home/sandbox".to_owned()];
        let home = "/workspace/.home".to_owned();
        let user = User { ids, name: String::new(), home, homes_of_image, temporary: None };
        let path = |text: &str| moved(text.into(), &user).into_string().unwrap();
        assert_eq!(path("/home/sandbox/.local/bin:/usr/bin"), "/workspace/.home/.local/bin:/usr/bin");
        assert_eq!(path("/home/sandbox"), "/workspace/.home");
        assert_eq!(path("/home/sandboxes/bin:C.UTF-8"), "/home/sandboxes/bin:C.UTF-8");
    }

    #[test]
    fn a_program_with_a_slash_is_not_looked_up() {
        let path = OsString::from("/bin::/usr/bin");
        assert_eq!(programs("./a", &path), [b"./a"]);
        assert_eq!(programs("a", &path), [&b"/bin/a"[..], b"./a", b"/usr/bin/a"]);
    }

    #[test]
    fn a_string_with_a_nul_is_refused() {
        assert_eq!(
            c_strings(vec![b"a".to_vec(), b"b".to_vec()]),
            Some(vec![c"a".to_owned(), c"b".to_owned()])
        );
        assert_eq!(c_strings(vec![b"a\0b".to_vec()]), None);
    }
}
