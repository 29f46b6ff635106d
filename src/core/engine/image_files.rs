//! Small files of an image.

use std::io::{self, Read};

use serde_json::json;

use super::{
    Engine,
    api::{container, image},
};
use crate::{
    error::{Code, Error, Result},
    label,
};

/// The size in bytes that a file may have.
const MAX_SIZE: u64 = 1024 * 1024;

impl Engine {
    /// The id of an image, which changes when it is built again.
    ///
    /// # Errors
    /// `NOT_FOUND`; those of any call.
    pub async fn image_id(&self, image: &str) -> Result<String> {
        self.promptly("inspect an image", image::inspect(self, image)).await?.field("Id")
    }

    /// Reads text files of an image, through a container that is never started. What is missing is empty.
    ///
    /// # Errors
    /// `ENGINE_ERROR` for what is not a regular file of up to 1 MiB; those of any call.
    pub async fn image_files<const N: usize>(&self, image: &str, paths: [&str; N]) -> Result<[String; N]> {
        let body = json!({
            "Image": image,
            "Entrypoint": ["/never-started"],
            "Labels": { label::HELPER: image },
            "HostConfig": { "NetworkMode": "none" },
        });
        let helper = self.create_container(None, &body).await?;
        let read = async {
            let mut files = [const { String::new() }; N];
            for (file, path) in files.iter_mut().zip(paths) {
                *file = match container::fetch(self, &helper, path).await {
                    Err(error) if error.code() == Code::NotFound => String::new(),
                    archive => text(&archive?).map_err(|error| unreadable(image, path, &error))?,
                };
            }
            Ok(files)
        };
        let files = read.await;
        self.remove_container(&helper).await?;
        files
    }
}

/// The text of the only file in an archive.
fn text(archive: &[u8]) -> io::Result<String> {
    let mut archive = tar::Archive::new(archive);
    let file = archive.entries()?.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    if !file.header().entry_type().is_file() || file.size() > MAX_SIZE {
        return Err(io::Error::other("it is not a regular file of up to 1 MiB"));
    }
    let mut text = Vec::new();
    file.take(MAX_SIZE).read_to_end(&mut text)?;
    // Only whole lines of ids and names matter, and they are ASCII.
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn unreadable(image: &str, path: &str, error: &io::Error) -> Error {
    Error::new(Code::EngineError, format!("could not read {path} of the image {image}: {error}"))
}
