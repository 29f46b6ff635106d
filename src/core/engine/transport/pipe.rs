use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::{
    net::windows::named_pipe::{ClientOptions, NamedPipeClient},
    time::sleep,
};
use tower_service::Service;

/// `ERROR_PIPE_BUSY`: every instance of the pipe is in use.
const BUSY: i32 = 231;

/// Connects to one Windows named pipe, whatever the URI.
#[derive(Clone)]
pub struct Pipe(Arc<str>);

impl Pipe {
    pub fn new(path: &str) -> Self {
        Self(path.into())
    }
}

impl Service<Uri> for Pipe {
    type Response = TokioIo<NamedPipeClient>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let path = Arc::clone(&self.0);
        Box::pin(async move {
            loop {
                match ClientOptions::new().open(&*path) {
                    // The caller's deadline ends this loop.
                    Err(error) if error.raw_os_error() == Some(BUSY) => {
                        sleep(Duration::from_millis(50)).await
                    }
                    opened => return opened.map(TokioIo::new),
                }
            }
        })
    }
}
