import { CALL } from './call.js'
import { checkArgument, checkOptions } from './check.js'
import { ENGINE, engineOptions } from './engine.js'
import { kinds } from './kinds.js'

/** Settings of a sandbox; see `SandboxOptions`. */
export const SANDBOX = {
  profile: kinds.string,
  image: kinds.string,
  memory: kinds.size,
  cpus: kinds.number,
  pids: kinds.number,
  disk: kinds.size,
  timeout: kinds.number,
  maxTimeout: kinds.number,
  outputLimit: kinds.size,
  network: kinds.string,
  host: kinds.string,
  dns: kinds.strings,
  readOnly: kinds.boolean,
  tmpfs: kinds.sizes,
  user: kinds.string,
  env: kinds.record,
  runtime: kinds.string,
  labels: kinds.record,
  mounts: kinds.objects,
  workspace: kinds.string,
}

/** See `SandboxesOptions`. */
export const SANDBOXES = {
  ...SANDBOX,
  ...ENGINE,
  dataDir: kinds.string,
  idleTimeout: kinds.number,
  cleanupInterval: kinds.number,
}

/** See `DockerSandboxOptions`. */
export const DOCKER_SANDBOX = { ...SANDBOXES, removeAfter: kinds.number }

/** See `CreateSessionOptions`. */
export const SESSION = { ...SANDBOX, sessionId: kinds.string, metadata: kinds.json, ...CALL }

/** Options of `remove`. */
export const REMOVE_SANDBOX = { workspace: kinds.boolean, ...CALL }

/** See `MountOptions`. */
export const MOUNT = { type: kinds.string, source: kinds.string, target: kinds.string, readOnly: kinds.boolean }

/** Converts checked options to the form that the addon takes. */
export function sandboxOptions({ engine, engineTimeout, mounts, ...rest }) {
  const checked = mounts?.map((mount) => {
    const given = checkOptions(mount, MOUNT)
    for (const name of ['type', 'source', 'target']) checkArgument(`mounts.${name}`, given[name], kinds.string)
    return given
  })
  return { ...rest, engine: engineOptions(engine, engineTimeout), mounts: checked }
}
