use nix::unistd::Gid;

/// What identifies all processes of a command, whatever they do to detach themselves.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// A supplementary group; see [`super::tag::Tags`].
    Tag(Gid),
    /// Descent from the agent, which adopts orphans and runs no other command.
    Descent,
}
