/** Converts the addon's description of a sandbox to a `SandboxInfo`. */
export function sandboxInfo({ workspaceKind, workspace, disk, network, hostBlocked, metadataBlocked, ...rest }) {
  const isolation = { metadata: reach(metadataBlocked), host: reach(hostBlocked) }
  return { ...rest, disk: diskInfo(disk), network: network ? 'enabled' : 'none', isolation, workspace: { kind: workspaceKind, location: workspace } }
}

const reach = (blocked) => (blocked ? 'blocked' : 'open')

/** Converts the addon's description of a disk to a `DiskInfo`. */
export function diskInfo({ limit, used, enforcement }) {
  return { limit: limit ?? null, used: used ?? null, enforcement }
}
