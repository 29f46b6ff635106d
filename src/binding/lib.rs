//! The addon: it converts arguments, calls the core, and converts results. It contains no logic, no policy and no
//! defaults, and no `async fn` on a class: a worker thread that ends while such a call is pending frees the object under
//! it. Methods clone what they need and pass an owned future to [`promise::promise`].

mod agents;
mod cancellation;
mod capture;
mod checks;
mod cleanup;
mod copies;
mod defaults;
mod disk;
mod doctor;
mod error;
mod events;
mod exec;
mod files;
mod fs;
mod health;
mod info;
mod manager;
mod node_lifetime;
mod numbers;
mod options;
mod output;
mod ports;
mod process_arguments;
mod processes;
mod promise;
mod sandbox_processes;
mod sandboxes;
mod sessions;
mod shared;
mod stats;
mod streams;
mod tasks;
mod time;
