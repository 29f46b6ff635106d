use std::{rc::Rc, time::Duration};

use cofferdam_protocol::{
    Request,
    file::{Used, Write},
    wire::message::{self, MessageReader},
};
use futures_util::io::AsyncReadExt;
use tokio::time::sleep;
use yamux::Stream;

use crate::{agent::Agent, fs, port, process, stats};

/// How long after a command the child for the next one is forked.
const REST: Duration = Duration::from_millis(1);

/// Does what the first message on the stream asks for. An error only means that the host is gone or breaks the protocol:
/// the end of the stream is the whole answer.
pub async fn dispatch(agent: Rc<Agent>, stream: Stream) {
    let (input, mut output) = stream.split();
    let mut input = MessageReader::new(input);
    let _ = match input.next().await {
        Ok(Some(Request::Process(request))) => {
            let outcome = process::serve(&agent, request, input, &mut output).await;
            drop(output);
            // The result leaves first: the process that it wakes may need this very processor.
            sleep(REST).await;
            agent.commands.prepare();
            outcome
        }
        Ok(Some(Request::Read(request))) => fs::read::run(&request, &mut output).await,
        Ok(Some(Request::Write(request))) => {
            // The first bytes are in the reader's buffer, which the next messages overwrite.
            let data = request.data.to_vec();
            let request = Write { data: &data, ..request };
            fs::write::run(&agent.disk, &request, input, &mut output).await
        }
        Ok(Some(Request::List(request))) => fs::list::run(&request, &mut output).await,
        Ok(Some(Request::Delete(request))) => fs::delete::run(&request, &mut output).await,
        Ok(Some(Request::Send(request))) => fs::send::run(&request, &mut output).await,
        Ok(Some(Request::Receive(request))) => {
            fs::receive::run(&agent.disk, &request, input, &mut output).await
        }
        Ok(Some(Request::Usage)) => {
            message::send(&mut output, &Used { bytes: agent.disk.used().await }).await
        }
        Ok(Some(Request::Stats)) => message::send(&mut output, &stats::read(&agent)).await,
        Ok(Some(Request::Port(request))) => port::serve(request, input, &mut output).await,
        Ok(Some(Request::Identify(request))) => fs::identify::run(&request, &mut output).await,
        Ok(Some(Request::Fs(request))) => fs::serve::run(&agent, request, input, &mut output).await,
        Ok(None) | Err(_) => Ok(()),
    };
}
