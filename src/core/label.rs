//! The labels that mark what is ours on an engine. They can't change after creation: what does, is elsewhere.

/// Whose sandbox it is: the random id of a data directory.
pub const NAMESPACE: &str = "cofferdam.namespace";
/// The sandbox's id.
pub const SANDBOX: &str = "cofferdam.sandbox";
/// The profile that it was made with.
pub const PROFILE: &str = "cofferdam.profile";
/// The hash of what can't be changed in a container that is there.
pub const SPEC: &str = "cofferdam.spec";
/// How the workspace is kept: `bind` or `volume`.
pub const WORKSPACE: &str = "cofferdam.workspace";
/// The build of the agent.
pub const AGENT: &str = "cofferdam.agent";
/// A container that only exists so that a volume can be filled.
pub const HELPER: &str = "cofferdam.helper";
/// The network that sandboxes share.
pub const NETWORK: &str = "cofferdam.network";
/// A container that was made through the manager, with nothing of ours in it.
pub const MANAGED: &str = "cofferdam.managed";
/// The task that a network or a volume is for.
pub const TASK: &str = "cofferdam.task";
/// What a volume is to its task: `workspace` or `memory`.
pub const KIND: &str = "cofferdam.kind";
/// The name servers of a network's containers, with commas between them.
pub const DNS: &str = "cofferdam.dns";
/// The ids that a network had before it was isolated, with commas between them.
pub const FORMER: &str = "cofferdam.former";
/// An image that the project's scripts build; the last step of its Dockerfile sets it.
pub const IMAGE: &str = "cofferdam.image";
