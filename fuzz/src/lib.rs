//! Fuzzing: targets, each of which takes any bytes and checks what must hold whatever they are, and the bounded run over
//! them. CONTRIBUTING.md says how to run them and how to add one.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a target reports a finding")]
#![expect(clippy::missing_panics_doc, reason = "a panic is how a target reports a finding")]

pub mod campaign;
pub mod corpus;
mod memory;
mod mutation;
mod random;
pub mod run;
pub mod target;
mod targets;
