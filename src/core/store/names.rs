//! The names of our own directories in a data directory.

/// The directory that holds the others. An id cannot start with a dot, so no workspace has this name.
pub const OWN: &str = ".cofferdam";

/// The file with the namespace.
pub const NAMESPACE: &str = "namespace";

/// Lease files.
pub const LEASES: &str = "leases";

/// Lock files.
pub const LOCKS: &str = "locks";

/// Records of sessions.
pub const SESSIONS: &str = "sessions";

/// The user ids of sandboxes.
pub const USERS: &str = "users";

/// The lock of the directory of user ids. An id cannot start with a dot.
pub const USERS_LOCK: &str = ".lock";

/// Files that sandboxes mount in place of their image's.
pub const NAMES: &str = "names";

/// Disk images.
pub const DISKS: &str = "disks";
