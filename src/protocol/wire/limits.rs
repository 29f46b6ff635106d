//! Limits that both sides check before they allocate anything.

/// The largest encoded message, in bytes.
pub const MAX_MESSAGE: usize = 1024 * 1024;

/// The most bytes of a file or stream in one message.
pub const CHUNK: usize = 128 * 1024;

/// The most operations that run at once on one link. The host queues further ones.
pub const MAX_OPERATIONS: usize = 128;

/// The most processes with a handle and connections to ports that are open at once on one link, in addition to
/// [`MAX_OPERATIONS`].
pub const MAX_STREAMS: usize = 384;

/// The largest file that one read returns or one write takes, in bytes.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// The most entries that one listing of a directory returns.
pub const MAX_ENTRIES: u64 = 100_000;

/// The longest single argument or environment variable that Linux accepts (`MAX_ARG_STRLEN` in
/// `include/uapi/linux/binfmts.h`: 32 pages, including the final NUL), in bytes.
pub const MAX_ARGUMENT: usize = 32 * 4096 - 1;

/// The most bytes that all arguments and environment variables of one command may have together: what fits into one
/// message with the rest of the request.
pub const MAX_ARGUMENTS: usize = MAX_MESSAGE - 64 * 1024;

/// The largest output limit of a command, in bytes for each stream.
pub const MAX_OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;
