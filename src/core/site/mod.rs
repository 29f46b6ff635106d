//! A site: one engine, one data directory, and what was learned about the two.

pub mod definition;
pub mod facts;
pub mod image_names;
pub mod locked;
mod site;

pub use definition::Definition;
pub use locked::Locked;
pub use site::Site;
