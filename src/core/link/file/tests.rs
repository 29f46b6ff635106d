use cofferdam_protocol::file::ListEvent;

use super::{super::testing, *};
use crate::error::Code;

/// Lists a directory on an agent that answers with these names, one a message.
async fn listed(names: &[&[u8]]) -> Result<Vec<Entry>> {
    let (link, pipe) = testing::link();
    let names: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
    tokio::spawn(testing::play(pipe, move |_requests, mut output| async move {
        for (number, name) in names.iter().enumerate() {
            let entries = vec![Entry { name: name.clone(), mode: 0o100_644, size: 1, modified: 0 }];
            let event = ListEvent::Entries { entries, last: number + 1 == names.len() };
            let _ = message::send(&mut output, &event).await;
        }
        std::future::pending::<()>().await;
    }));
    list(&link, "directory").await
}

#[tokio::test]
async fn an_agent_that_lists_paths_is_not_trusted() {
    for names in
        [&[&b"../../etc/passwd"[..]][..], &[b"a", b"/etc"], &[b".."], &[b""], &[b"a\0b"], &[&[b'n'; 256]]]
    {
        assert_eq!(listed(names).await.unwrap_err().code(), Code::SandboxLost, "{names:?}");
    }
}

#[tokio::test]
async fn names_are_sorted_bytes() {
    let entries = listed(&[b"b", b"-rf", b"\xff\xfe", b"new\nline", &[b'n'; 255]]).await.unwrap();
    let names: Vec<_> = entries.iter().map(|entry| entry.name.as_slice()).collect();
    assert_eq!(names, [b"-rf".as_slice(), b"b", b"new\nline", &[b'n'; 255], b"\xff\xfe"]);
}
