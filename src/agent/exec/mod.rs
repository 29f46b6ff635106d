//! Running a command: from the request to its end.

pub mod drain;
mod input;
mod output;
mod run;
pub mod scratch;

pub use run::run;
