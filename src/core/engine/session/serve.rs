use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::FuturesUnordered};
use h2::{
    RecvStream, SendStream,
    server::{self, SendResponse},
};
use hyper::{HeaderMap, Response, header::HeaderValue, upgrade::Upgraded};
use hyper_util::rt::TokioIo;

use super::service::{Answers, Refusal};

/// The longest request that is read, in bytes. A builder asks for a name.
const MAX_REQUEST: usize = 64 * 1024;

/// The length of what comes before a message: a flag for compression, and the length of the message.
const PREFIX: usize = 5;

/// Answers calls of gRPC until the connection ends.
pub async fn serve(connection: TokioIo<Upgraded>, answers: Arc<Answers>) {
    let Ok(mut connection) = server::handshake(connection).await else { return };
    let mut calls = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = connection.accept() => match accepted {
                Some(Ok((request, respond))) => {
                    let (head, body) = request.into_parts();
                    calls.push(call(head.uri.path().to_owned(), body, respond, Arc::clone(&answers)));
                }
                Some(Err(_)) | None => return,
            },
            // A call that could not be answered was broken off by the engine.
            Some(_) = calls.next() => {}
        }
    }
}

async fn call(
    method: String,
    body: RecvStream,
    mut respond: SendResponse<Bytes>,
    answers: Arc<Answers>,
) -> Result<(), h2::Error> {
    let request = read(body).await?;
    let message = request.get(PREFIX..).unwrap_or_default();
    let mut head = Response::new(());
    head.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    let mut stream = respond.send_response(head, false)?;
    let status = match answers.answer(&method, message) {
        Ok(answer) => {
            send(&mut stream, &answer)?;
            0
        }
        Err(refusal @ (Refusal::NotFound | Refusal::Unimplemented)) => refusal as u16,
    };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(status));
    stream.send_trailers(trailers)
}

async fn read(mut body: RecvStream) -> Result<BytesMut, h2::Error> {
    let mut request = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data?;
        body.flow_control().release_capacity(data.len())?;
        if request.len() + data.len() > MAX_REQUEST {
            return Err(h2::Reason::ENHANCE_YOUR_CALM.into());
        }
        request.extend_from_slice(&data);
    }
    Ok(request)
}

fn send(stream: &mut SendStream<Bytes>, answer: &[u8]) -> Result<(), h2::Error> {
    let mut framed = vec![0];
    // Secrets are far shorter than 4 GiB: see the facade's limit.
    framed.extend_from_slice(&u32::try_from(answer.len()).unwrap_or(u32::MAX).to_be_bytes());
    framed.extend_from_slice(answer);
    stream.send_data(framed.into(), false)
}
