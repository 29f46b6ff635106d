//! Images on the engine.

use crate::engine::{Engine, is_missing};
use crate::error::{Code, Error};

/// What a failure to make a container means: the engine says the same 404 for a missing image and for a
/// missing network.
pub async fn explain_missing(engine: &Engine, image: &str, error: Error) -> Error {
    if !is_missing(&error) {
        return error;
    }
    match engine.call("inspect the image", engine.docker().inspect_image(image)).await {
        Err(inspected) if is_missing(&inspected) => missing(image),
        Ok(_) | Err(_) => error,
    }
}

/// What the names of images begin with that the package builds, next to that of the default image.
const OWN: [&str; 3] = ["opencode-sandbox-", "cofferdam-runtime-", "cofferdam-dind"];

fn missing(image: &str) -> Error {
    let name = image.split(':').next().unwrap_or(image);
    let hint = match name {
        "ai-sandbox" | "autocoder-sandbox" | "claude-agent-sandbox" => {
            "build it: bash docker/build-sandbox.sh in cofferdam's package".to_owned()
        }
        _ if OWN.iter().any(|own| name.starts_with(own)) => {
            format!("build it: bash docker/build-sandbox.sh {name} in cofferdam's package")
        }
        _ => format!("pull it: docker pull {image}"),
    };
    Error::new(Code::ImageNotFound, format!("there is no image {image} on the engine"))
        .hint(hint)
        .detail("image", image)
}
