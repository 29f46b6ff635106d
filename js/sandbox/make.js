import { native } from '../addon/load.js'
import { fromNative } from '../errors/sandbox-error.js'
import { sandboxOptions } from '../options/tables.js'

/** Creates the addon's counterpart of a set of sandboxes. If `recorded`, only recorded sandboxes (sessions) exist in it. */
export function makeSandboxes(options, { recorded = false } = {}) {
  const given = sandboxOptions(options)
  try {
    return new native.NativeSandboxes(given, recorded)
  } catch (error) {
    throw fromNative(error)
  }
}

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
