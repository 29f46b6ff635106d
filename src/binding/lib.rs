//! The addon: converts what JavaScript gives, calls the core, converts what comes back. There is no logic in
//! here, and no `async fn` on a class: a worker thread that ends while such a call is pending frees the object
//! under it. Methods clone what they need and hand an owned future to [`promise::promise`].

mod agents;
mod cancellation;
mod checks;
mod copies;
mod doctor;
mod environment;
mod error;
mod exec;
mod files;
mod manager;
mod options;
mod output;
mod promise;
mod sandboxes;
mod sessions;
mod shared;
mod streams;
mod tasks;
