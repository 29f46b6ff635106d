//! The paths inside a container that host and agent agree on, and the first byte on the agent's socket.

/// The workspace: the directory that commands start in and that relative paths refer to.
pub const WORKSPACE: &str = "/workspace";

/// The home directory of a user whose own home is missing or not writable.
pub const WORKSPACE_HOME: &str = "/workspace/.home";

/// The home directory of such a user where the workspace is a directory of the caller's: nothing is left there.
pub const TEMPORARY_HOME: &str = "/tmp/.home";

/// Where the volume with the agent's executable is mounted, read-only.
pub const AGENT_DIRECTORY: &str = "/.cofferdam";

/// The agent's executable.
pub const AGENT: &str = "/.cofferdam/agent";

/// The exit code of an agent whose container lacks the user that commands are to run as (`EX_NOUSER` of `sysexits.h`).
pub const NO_SUCH_USER: u8 = 67;

/// A tmpfs for the agent's socket that only root may enter.
pub const RUN_DIRECTORY: &str = "/run/cofferdam";

/// The agent's socket.
pub const SOCKET: &str = "/run/cofferdam/agent.sock";

/// Follows a connection to the socket: the link uses the two descriptors sent with this byte, which are the standard
/// input and output of a bridge.
pub const BRIDGED: u8 = 0;

/// Follows a connection to the socket: the link uses the socket itself.
pub const DIRECT: u8 = 1;
