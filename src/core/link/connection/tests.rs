use futures_util::io::AsyncWriteExt;

use super::{testing::pipe, *};

#[tokio::test]
async fn an_agent_of_another_version_is_told_apart_from_a_broken_one() {
    let (mut host, mut agent) = pipe();
    hello::send(&mut agent, hello::VERSION + 1, b"whatever").await.unwrap();
    let error = open(&mut host, &HostHello::default()).await.unwrap_err();
    assert_eq!((error.code(), error.details().contains_key(OTHER_VERSION)), (Code::Conflict, true));

    let (mut host, mut agent) = pipe();
    hello::send(&mut agent, hello::VERSION, b"\xff\xff").await.unwrap();
    assert_eq!(open(&mut host, &HostHello::default()).await.unwrap_err().code(), Code::SandboxLost);
}

#[tokio::test]
async fn noise_in_place_of_an_opening_is_refused() {
    let (mut host, mut agent) = pipe();
    agent.write_all(&[0xff; 64]).await.unwrap();
    assert_eq!(open(&mut host, &HostHello::default()).await.unwrap_err().code(), Code::SandboxLost);
}
