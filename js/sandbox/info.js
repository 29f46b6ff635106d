/** Converts the addon's description of a sandbox to a `SandboxInfo`. */
export function sandboxInfo({ workspaceKind, workspace, disk, network, ...rest }) {
  return { ...rest, disk: diskInfo(disk), network: network ? 'enabled' : 'none', workspace: { kind: workspaceKind, location: workspace } }
}

/** Converts the addon's description of a disk to a `DiskInfo`. */
export function diskInfo({ limit, used, enforcement }) {
  return { limit: limit ?? null, used: used ?? null, enforcement }
}
