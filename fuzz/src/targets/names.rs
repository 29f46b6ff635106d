use cofferdam_core::{
    config::id::SandboxId,
    fuzzing::{image_reference, names},
};

use crate::target::Target;

/// Ids of sandboxes, and the names of containers, networks, volumes and images.
pub const TARGET: Target = Target { name: "names", check, memory: 1 << 20, tokens: TOKENS, seeds: Vec::new };

const TOKENS: &[&[u8]] = &[
    b"/",
    b"..",
    b".",
    b":",
    b"@sha256:",
    b"%2f",
    b"\\",
    b"\0",
    b"?",
    b"#",
    b"_",
    b"-",
    b"A",
    "\u{202e}".as_bytes(),
    b"\r\n",
];

fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(id) = SandboxId::try_from(text.clone().into_owned()) {
        assert_eq!(id.as_str(), text, "an accepted id changes");
        assert!(is_file_name(&text) && text.len() <= 128, "{text:?} is not safe as the name of a file");
    }
    let [container, new, network, volume, image] = names(&text);
    for name in [container, new, network, volume].into_iter().flatten() {
        assert!(is_file_name(name), "{name:?} would be another path in a request");
        assert!(text == name || text == format!("/{name}"), "an accepted name changes");
    }
    if let Some(image) = image {
        let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte);
        assert!(image.bytes().all(safe) && !image.contains("..") && !image.starts_with('/'), "{image:?}");
    }
    let (repository, tag) = image_reference(&text);
    let joined = [format!("{repository}@{tag}"), format!("{repository}:{tag}")];
    assert!(
        joined.contains(&text.clone().into_owned()) || (repository == text && tag == "latest"),
        "a part is lost"
    );
}

/// Whether it names a file in a directory on any system that an engine runs on, hidden ones and options aside.
fn is_file_name(name: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(safe)
}
