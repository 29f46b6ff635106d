//! Commands and their processes: started as the sandbox's user, found by a mark, killed, reaped, reported to the host.

mod child;
mod commands;
mod confinement;
mod counter;
mod drain;
mod fitness;
mod footprint;
mod headroom;
mod input;
mod kill;
mod left_behind;
mod limits;
mod line;
mod mark;
mod oom;
mod output;
mod output_pipe;
mod plan;
mod privileges;
mod procfs;
mod reaper;
mod run;
mod running;
mod scratch;
mod spare;
mod spawn_error;
mod spawner;
mod tag;

pub use commands::Commands;
pub use confinement::Confinement;
pub use fitness::unfit;
pub use kill::kill;
pub use mark::Mark;
pub use procfs::{Process, pids};
pub use run::run;
pub use tag::Tags;
