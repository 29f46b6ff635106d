use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixListener},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// How a fake engine treats each connection.
#[derive(Clone)]
pub enum Manner {
    /// Accepts and reads, but never answers.
    Silent,
    /// Sends these bytes for each request, and closes.
    Says(Vec<u8>),
    /// Sends these bytes, then nothing more.
    Stalls(Vec<u8>),
    /// Sends the head, then single bytes, forever.
    Drips(Vec<u8>),
    /// Sends the head, then data without end.
    Floods(Vec<u8>),
}

/// A fake engine; dropping it stops it.
pub struct Fake {
    pub address: String,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// An HTTP/1.1 answer.
pub fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

impl Fake {
    pub fn socket(path: &Path, manner: Manner) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        Self::accepting(format!("unix://{}", path.display()), async move |connections| {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.serve(stream, manner.clone());
            }
        })
    }

    pub async fn tcp(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::accepting(format!("tcp://{}", listener.local_addr().unwrap()), async move |connections| {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.serve(stream, manner.clone());
            }
        })
    }

    pub async fn tls(manner: Manner, config: ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Self::accepting(format!("tcp://{}", listener.local_addr().unwrap()), async move |connections| {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // Some tests want the handshake to fail.
                if let Ok(stream) = acceptor.accept(stream).await {
                    connections.serve(stream, manner.clone());
                }
            }
        })
    }

    fn accepting<F>(address: String, accept: impl FnOnce(Connections) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let open = Arc::default();
        let task = tokio::spawn(accept(Connections(Arc::clone(&open))));
        Self { address, open, task }
    }

    /// Waits until all clients have closed their connections; `false` if some do not.
    pub async fn forgotten(&self) -> bool {
        for _ in 0..100 {
            if self.open.load(Ordering::SeqCst) == 0 {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Connections(Arc<AtomicUsize>);

impl Connections {
    fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, manner: Manner) {
        let open = Arc::clone(&self.0);
        open.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            converse(stream, manner).await;
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// Ends after the answer, or when the client disconnects.
async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, manner: Manner) {
    let mut buffer = [0; 4096];
    let bytes = match &manner {
        Manner::Silent => &[],
        Manner::Says(bytes) | Manner::Stalls(bytes) | Manner::Drips(bytes) | Manner::Floods(bytes) => {
            bytes.as_slice()
        }
    };
    if stream.read(&mut buffer).await.is_err() || stream.write_all(bytes).await.is_err() {
        return;
    }
    match manner {
        Manner::Says(_) => drop(stream.shutdown().await),
        Manner::Silent | Manner::Stalls(_) => {
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
        }
        Manner::Drips(_) => {
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Manner::Floods(_) => while stream.write_all(&buffer).await.is_ok() {},
    }
}
