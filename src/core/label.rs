//! The labels of cofferdam's containers, volumes, networks and images. Labels can't be changed after creation, so they only hold
//! what never changes.

/// The namespace: the random id of the data directory that it belongs to.
pub const NAMESPACE: &str = "cofferdam.namespace";
/// The sandbox's id.
pub const SANDBOX: &str = "cofferdam.sandbox";
/// The profile that the sandbox was made with.
pub const PROFILE: &str = "cofferdam.profile";
/// The hash of everything that can't be changed in an existing container.
pub const SPEC: &str = "cofferdam.spec";
/// The kind of the workspace: `bind` or `volume`.
pub const WORKSPACE: &str = "cofferdam.workspace";
/// The build of the agent.
pub const AGENT: &str = "cofferdam.agent";
/// `engine` on a sandbox that has the engine's seccomp profile, because it could not be given ours.
pub const SECCOMP: &str = "cofferdam.seccomp";
/// A container that only exists to fill a volume.
pub const HELPER: &str = "cofferdam.helper";
/// A network that sandboxes share, or on Podman that of one sandbox.
pub const NETWORK: &str = "cofferdam.network";
/// A plain container that was made through `DockerManager`, without an agent.
pub const MANAGED: &str = "cofferdam.managed";
/// The task that a network or a volume belongs to.
pub const TASK: &str = "cofferdam.task";
/// A task's volume: `workspace` or `memory`.
pub const KIND: &str = "cofferdam.kind";
/// The DNS servers of a network's containers, separated by commas.
pub const DNS: &str = "cofferdam.dns";
/// The ids that a network had before it was isolated, separated by commas.
pub const FORMER: &str = "cofferdam.former";
/// An image that this project's scripts build. The last step of its Dockerfile sets the label.
pub const IMAGE: &str = "cofferdam.image";
