//! The janitor: everything that decides what is stopped or removed because it is unused. It touches nothing without our
//! labels, and nothing that a live process holds.

mod idle_disks;
pub mod leftovers;
pub mod pass;
pub mod policy;
mod rules;
pub mod tasks;
