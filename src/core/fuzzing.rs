//! What the fuzz targets (`fuzz`) examine and nothing else may use: parsers that are private to the core.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    docker::{
        images::{ignore::Ignored, reference, trace::Trace},
        logs::{LogChunk, decoder::Decoder},
        name, stats,
        subnet::{self, Subnet},
    },
    engine::{
        container::{Container, Listed},
        doctor::facts::{Info, Version},
        http::{json_values::JsonValues, refusal::Refusal},
        session::Answers,
    },
    error::Result,
};

/// Parses a `.dockerignore`; tells of each path whether it is left out.
///
/// # Errors
/// `INVALID_ARGUMENT`.
pub fn ignored(patterns: &str, paths: &[&Path]) -> Result<Vec<bool>> {
    let ignored = Ignored::parse(patterns.as_bytes(), Some(Path::new("Dockerfile")))?;
    Ok(paths.iter().map(|path| ignored.decide(path, None).is_left_out).collect())
}

/// Decodes a log that arrives in these pieces. `taken` gets each batch.
///
/// # Errors
/// `ENGINE_ERROR`.
pub fn log(
    terminal: bool,
    timestamps: bool,
    pieces: impl Iterator<Item = Bytes>,
    mut taken: impl FnMut(Vec<LogChunk>),
) -> Result<()> {
    let mut decoder = Decoder::new(terminal, timestamps);
    for piece in pieces {
        decoder.push(piece)?;
        if decoder.has_batch() {
            taken(decoder.take());
        }
    }
    decoder.finish()?;
    taken(decoder.take());
    Ok(())
}

/// Splits an engine's stream of JSON values that arrives in these pieces.
///
/// # Errors
/// `ENGINE_ERROR`.
pub fn json_values<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Value>> {
    let (mut values, mut found) = (JsonValues::default(), Vec::new());
    for piece in pieces {
        found.extend(values.take("be fuzzed", piece)?);
    }
    values.finish("be fuzzed")?;
    Ok(found)
}

/// Reads an answer as each of those that the core takes apart.
#[must_use]
pub fn engine_answer(body: &[u8]) -> EngineAnswer {
    EngineAnswer {
        container: serde_json::from_slice(body).ok().and_then(|found| Container::read(&found).ok()),
        listed: serde_json::from_slice::<Vec<Value>>(body)
            .map(|list| Listed::read(&list))
            .unwrap_or_default(),
        product: serde_json::from_slice::<Version>(body)
            .ok()
            .and_then(|version| version.name().map(str::to_owned)),
        seccomp: serde_json::from_slice::<Info>(body)
            .ok()
            .and_then(|info| info.security("seccomp").map(str::to_owned)),
        stats: serde_json::from_slice(body).ok().map(|value| stats::from_engine(&value)),
        refusal: Refusal::read(body).message,
    }
}

/// What the core reads in an answer.
pub struct EngineAnswer {
    /// As the inspection of a container.
    pub container: Option<Container>,
    /// As a list of containers.
    pub listed: Vec<Listed>,
    /// As the engine's version: its product.
    pub product: Option<String>,
    /// As the engine's description of itself: the options of seccomp.
    pub seccomp: Option<String>,
    /// As the measurement of a container.
    pub stats: Option<stats::Stats>,
    /// As a refusal: its reason.
    pub refusal: String,
}

/// The reports in a message of `BuildKit`'s progress.
#[must_use]
pub fn build_progress(message: &[u8]) -> Vec<Value> {
    let mut trace = Trace::default();
    trace.read(json!({ "id": "moby.buildkit.trace", "aux": STANDARD.encode(message) }))
}

/// The answer to a call of a builder; `None` if it is refused.
#[must_use]
pub fn build_session(method: &str, request: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
    let secrets = BTreeMap::from([("token".to_owned(), secret.to_vec())]);
    let logins = BTreeMap::from([("a.example".to_owned(), ("user".to_owned(), "password".to_owned()))]);
    Answers { secrets, logins }.answer(method, request).ok()
}

/// The name of a container, an image and a volume, as sent to the engine; `None` where it is rejected.
#[must_use]
pub fn names(text: &str) -> [Option<&str>; 5] {
    [
        name::container(text),
        name::new_container(text),
        name::network(text),
        name::volume(text),
        name::image(text),
    ]
    .map(Result::ok)
}

/// An image's repository and tag.
#[must_use]
pub fn image_reference(name: &str) -> (&str, &str) {
    reference::split(name)
}

/// A subnet as a caller gives it, written again.
#[must_use]
pub fn subnet(text: &str) -> Option<String> {
    Subnet::parse(text).ok().map(|subnet| subnet.to_string())
}

/// The first four subnets that an engine's leave free.
#[must_use]
pub fn free_subnets(known: &[&str], start: u32) -> Vec<String> {
    let used: Vec<Subnet> = known.iter().filter_map(|text| Subnet::known(text)).collect();
    subnet::free(&used, start).take(4).map(|subnet| subnet.to_string()).collect()
}
