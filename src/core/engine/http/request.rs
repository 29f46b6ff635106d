use std::{fmt::Display, time::Duration};

use bollard::body_full;
use bytes::Bytes;
use hyper::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{Upload, body::Activity};
use crate::engine::transport::wire::Body;

/// One request. `what` completes "the engine could not …", as in "start a container".
pub struct Request {
    pub(super) what: &'static str,
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
    /// Whether the engine may take long to send the head of its answer.
    pub(super) long: bool,
    /// How much longer it may take, because it was asked to do something that lasts.
    pub(super) busy: Duration,
    /// When the last piece of the body was taken, if it is sent piece by piece.
    pub(super) activity: Option<Activity>,
}

impl Request {
    pub fn get(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::GET, path.into())
    }

    pub fn head(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::HEAD, path.into())
    }

    pub fn post(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::POST, path.into())
    }

    pub fn put(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::PUT, path.into())
    }

    pub fn delete(what: &'static str, path: impl Into<String>) -> Self {
        Self::new(what, Method::DELETE, path.into())
    }

    /// `path` must be escaped already; see [`segment`].
    pub fn new(what: &'static str, method: Method, path: String) -> Self {
        let body = body_full(Bytes::new());
        let (headers, busy) = (Vec::new(), Duration::ZERO);
        Self { what, method, target: path, headers, body, long: false, busy, activity: None }
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl Display) -> Self {
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let separator = if self.target.contains('?') { '&' } else { '?' };
        let value = value.to_string();
        let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
        self.target = format!("{}{separator}{name}={value}", self.target);
        self
    }

    /// Adds a query parameter if it has a value.
    #[must_use]
    pub fn query_if(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body_full(Bytes::from(body.to_string()));
        self.header("Content-Type", "application/json")
    }

    /// Sets a tar archive as the body.
    #[must_use]
    pub fn archive(mut self, archive: Upload) -> Self {
        (self.body, self.activity) = archive.into_parts();
        self.header("Content-Type", "application/x-tar")
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Allows the engine so much more time, for something that takes it.
    #[must_use]
    pub fn busy_for(mut self, busy: Duration) -> Self {
        self.busy = busy;
        self
    }

    /// Allows the engine the longer deadline.
    #[must_use]
    pub fn long(mut self) -> Self {
        self.long = true;
        self
    }
}

/// One segment of a path, with every special character escaped.
#[must_use]
pub fn segment(text: &str) -> impl Display + '_ {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}
