//! Watches of files.

use std::sync::Arc;

use cofferdam_core::{
    fs::FileWatch,
    protocol::{
        RawPath,
        fs::watch::{Change, Event, Kind},
    },
};
use napi::{
    Env,
    bindgen_prelude::{Buffer, Either, Object},
};
use napi_derive::napi;

use super::forms::text_or_bytes;
use crate::promise::promise;

/// A change of a file.
#[napi(object, object_from_js = false)]
pub struct NativeChange {
    /// `create`, `change`, `delete`, `rename` or `overflow`; `polling` when the agent only looks from now on.
    pub kind: String,
    pub path: Option<Either<String, Buffer>>,
    pub from: Option<Either<String, Buffer>>,
}

impl NativeChange {
    fn without_path(kind: &str) -> Self {
        Self { kind: kind.to_owned(), path: None, from: None }
    }
}

impl From<Change> for NativeChange {
    fn from(Change { kind, path, from }: Change) -> Self {
        let kind = match kind {
            Kind::Create => "create",
            Kind::Change => "change",
            Kind::Delete => "delete",
            Kind::Rename => "rename",
        };
        let show = |path: &RawPath| text_or_bytes(path.as_bytes());
        Self { kind: kind.to_owned(), path: Some(show(&path)), from: from.as_ref().map(show) }
    }
}

/// A watch of files.
#[napi]
pub struct NativeWatch(Option<Arc<FileWatch>>);

impl NativeWatch {
    /// A watch for JavaScript.
    pub fn new(watch: FileWatch) -> Self {
        Self(Some(Arc::new(watch)))
    }
}

#[napi]
impl NativeWatch {
    /// Whether the agent only looks for changes once a second.
    #[napi]
    pub fn polling(&self) -> bool {
        self.0.as_ref().is_some_and(|watch| watch.polling())
    }

    /// The next changes; none at the end.
    #[napi(ts_return_type = "Promise<Array<NativeChange>>")]
    pub fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let watch = self.0.clone();
        promise(env, async move {
            let Some(watch) = watch else { return Ok(Vec::new()) };
            Ok(match watch.next().await? {
                None => Vec::new(),
                Some(Event::Changes(changes)) => changes.into_iter().map(NativeChange::from).collect(),
                Some(Event::Watching { .. }) => vec![NativeChange::without_path("polling")],
                Some(Event::Overflow | Event::Failed(_)) => vec![NativeChange::without_path("overflow")],
            })
        })
    }

    /// Ends it.
    #[napi]
    pub fn close(&mut self) {
        if let Some(watch) = self.0.take() {
            watch.close();
        }
    }
}
