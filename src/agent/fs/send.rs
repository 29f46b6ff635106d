use std::io;

use cofferdam_fstree::{Walk, send};
use cofferdam_protocol::{
    copy::{Failure, Piece, Send},
    wire::message,
};
use futures_util::io::AsyncWrite;

use super::open::open_tree;

/// Sends a tree or a file.
pub async fn run<W: AsyncWrite + Unpin>(request: &Send, output: &mut W) -> io::Result<()> {
    match open_tree(&request.path) {
        // If it can't be sent, the host has been told why.
        Ok(top) => send(&mut Walk::new(top, request.limits), output).await.map(drop),
        Err(reason) => message::send(output, &Piece::Failed(Failure { entry: Vec::new(), reason })).await,
    }
}
