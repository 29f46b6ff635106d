//! The yamux configuration of both sides.

use yamux::Config;

use crate::wire::limits::{CHUNK, MAX_OPERATIONS, MAX_STREAMS};

/// The initial receive window of a yamux stream, in bytes.
const WINDOW: usize = 256 * 1024;

/// The configuration of both ends of a link.
///
/// The windows keep their initial size. With a round trip of 0.2 ms they allow more throughput than the engine's stream has,
/// and they bound what a hostile agent can make its host buffer.
#[must_use]
pub fn config() -> Config {
    // Twice as many streams as operations, because yamux counts a stream until both sides have seen its end.
    let streams = 2 * (MAX_OPERATIONS + MAX_STREAMS);
    let mut config = Config::default();
    config.set_max_num_streams(streams);
    config.set_max_connection_receive_window(Some(streams * WINDOW));
    config.set_split_send_size(CHUNK);
    config.set_read_after_close(true);
    config
}
