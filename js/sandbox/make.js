import { native } from '../addon/load.js'
import { fromNative } from '../errors/sandbox-error.js'
import { sandboxOptions } from '../options/sandbox.js'

/** Creates the addon's counterpart of a set of sandboxes. If `recorded`, only recorded sandboxes (sessions) exist in it. */
export function makeSandboxes(options, { recorded = false } = {}) {
  const given = sandboxOptions(options)
  try {
    return new native.NativeSandboxes(given, recorded)
  } catch (error) {
    throw fromNative(error)
  }
}
