use nix::unistd::Gid;

/// What all processes of a command are found by, whatever they do to detach themselves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// A supplementary group; see [`super::tag::Tags`].
    Tag(Gid),
    /// That they descend from the agent: it is the parent of whom they orphan, and runs no other command.
    Descent,
}
