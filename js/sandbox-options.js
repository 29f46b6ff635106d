import { native } from './addon.js'
import { checkArgument, checkOptions, kinds } from './check.js'
import { fromNative } from './error.js'
import { engineKind, engineOptions } from './engine-options.js'

/** What one sandbox is like. */
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

/** Where sandboxes are, and when they go. */
export const SANDBOXES = {
  ...SANDBOX,
  engine: engineKind,
  engineTimeout: kinds.number,
  dataDir: kinds.string,
  idleTimeout: kinds.number,
  cleanupInterval: kinds.number,
}

const MOUNT = { type: kinds.string, source: kinds.string, target: kinds.string, readOnly: kinds.boolean }

/** Checked options of sandboxes in the form that the addon takes. */
export function sandboxOptions({ engine, engineTimeout, mounts, ...rest }) {
  const checked = mounts?.map((mount) => {
    const given = checkOptions(mount, MOUNT)
    for (const name of ['type', 'source', 'target']) checkArgument(`mounts.${name}`, given[name], kinds.string)
    return given
  })
  return { ...rest, engine: engineOptions(engine, engineTimeout), mounts: checked }
}

/** The addon's counterpart of a set of sandboxes; of those only that were written down, when they are recorded. */
export function makeSandboxes(options, { recorded = false } = {}) {
  const given = sandboxOptions(options)
  try {
    return new native.NativeSandboxes(given, recorded)
  } catch (error) {
    throw fromNative(error)
  }
}
