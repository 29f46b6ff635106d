//! How both sides set up yamux.

use yamux::Config;

use crate::wire::limits::{CHUNK, MAX_OPERATIONS};

/// The receive window that yamux gives each stream at first, in bytes.
const WINDOW: usize = 256 * 1024;

/// The configuration of both ends of a link.
///
/// The windows stay at their first size: on a link whose round trip is 0.2 ms they carry more than the
/// engine's stream does, and what a hostile agent can make its host buffer stays bounded.
#[must_use]
pub fn config() -> Config {
    // Twice as many streams as operations: yamux counts a stream until both sides have seen its end.
    let streams = 2 * MAX_OPERATIONS;
    let mut config = Config::default();
    config.set_max_num_streams(streams);
    config.set_max_connection_receive_window(Some(streams * WINDOW));
    config.set_split_send_size(CHUNK);
    config.set_read_after_close(true);
    config
}
