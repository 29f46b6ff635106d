use cofferdam_core::{
    Cancellation, Error, Result,
    docker::{
        events::Events,
        images::{Build, Load, Pull, Push},
    },
};
use napi::{Env, bindgen_prelude::Object};
use napi_derive::napi;

use super::source::Source;
use crate::promise::promise;

/// A stream of JSON values from the engine.
pub enum JsonSource {
    /// Events of the engine.
    Events(Box<Events>),
    /// The progress of a pull.
    Pull(Box<Pull>),
    /// The progress of a build.
    Build(Box<Build>),
    /// The progress of a push.
    Push(Box<Push>),
    /// The progress of a load or an import.
    Load(Box<Load>),
}

async fn next_of(source: &mut JsonSource) -> Result<Option<String>, Error> {
    let value = match source {
        JsonSource::Events(events) => events.next().await?,
        JsonSource::Pull(pull) => pull.next().await?,
        JsonSource::Build(build) => build.next().await?,
        JsonSource::Push(push) => push.next().await?,
        JsonSource::Load(load) => load.next().await?,
    };
    Ok(value.map(|value| value.to_string()))
}

impl From<Events> for JsonSource {
    fn from(events: Events) -> Self {
        Self::Events(Box::new(events))
    }
}

impl From<Pull> for JsonSource {
    fn from(pull: Pull) -> Self {
        Self::Pull(Box::new(pull))
    }
}

impl From<Build> for JsonSource {
    fn from(build: Build) -> Self {
        Self::Build(Box::new(build))
    }
}

impl From<Push> for JsonSource {
    fn from(push: Push) -> Self {
        Self::Push(Box::new(push))
    }
}

impl From<Load> for JsonSource {
    fn from(load: Load) -> Self {
        Self::Load(Box::new(load))
    }
}

/// A sequence of JSON values.
#[napi]
pub struct JsonStream(Source<JsonSource>);

#[napi]
impl JsonStream {
    /// The next value; `null` at the end.
    #[napi(ts_return_type = "Promise<string | null>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let source = self.0.clone();
        promise(env, async move { source.next(next_of, None).await })
    }

    /// Closes the connection; a pending `next` gets the end.
    #[napi]
    pub fn close(&self) {
        self.0.close();
    }
}

impl JsonStream {
    /// Reads a stream until the manager is closed.
    pub fn new(source: impl Into<JsonSource>, closing: Cancellation) -> Self {
        Self(Source::new(source.into(), closing))
    }
}
