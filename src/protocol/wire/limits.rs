//! Caps that both sides hold before they allocate anything.

/// The largest encoded message, in bytes.
pub const MAX_FRAME: usize = 1024 * 1024;

/// How much of a file or of a stream travels in one message, in bytes.
pub const CHUNK: usize = 128 * 1024;

/// Operations under way at once on one link; the host makes further ones wait.
pub const MAX_OPERATIONS: usize = 128;

/// The largest file that one read returns or one write takes, in bytes.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The most entries of a directory that one listing returns.
pub const MAX_ENTRIES: u64 = 100_000;

/// The longest single argument or environment entry that Linux takes (`MAX_ARG_STRLEN` in
/// `include/uapi/linux/binfmts.h`: 32 pages, with the ending NUL), in bytes.
pub const MAX_ARGUMENT: usize = 32 * 4096 - 1;

/// All arguments and environment entries of one command, in bytes: what fits a frame beside the rest.
pub const MAX_ARGUMENTS: usize = MAX_FRAME - 64 * 1024;

/// The largest output limit that a command may ask for, in bytes a stream.
pub const MAX_OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;
