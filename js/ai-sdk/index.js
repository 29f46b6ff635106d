import { NetworkSandboxSession } from './network-session.js'
import { SandboxSession } from './session.js'

/** A sandbox for `experimental_sandbox` of the AI SDK. */
export function sandboxSession(box, { description } = {}) {
  return new SandboxSession(box, description)
}

/** A sandbox for the AI SDK's harness, with ports and an end. */
export function networkSandboxSession(box, options = {}) {
  return new NetworkSandboxSession(box, options)
}
