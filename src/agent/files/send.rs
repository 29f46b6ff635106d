use std::io;

use cofferdam_protocol::{
    frame,
    tree::{Failure, Piece, Send},
};
use cofferdam_tree::{Walk, send};
use futures_util::io::AsyncWrite;

use super::path::open_tree;

/// Sends a tree, or a file.
pub async fn run<W: AsyncWrite + Unpin>(request: &Send, output: &mut W) -> io::Result<()> {
    match open_tree(&request.path) {
        // The host has heard why it can't be sent.
        Ok(top) => send(&mut Walk::new(top, request.limits), output).await.map(drop),
        Err(reason) => frame::send(output, &Piece::Failed(Failure { entry: Vec::new(), reason })).await,
    }
}
