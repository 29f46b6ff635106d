import { exec } from './exec.js'
import { copyFrom, copyTo, readFile, writeFile } from './files.js'

/** One sandbox of a `DockerSandbox`: the same verbs without the id. */
export class Sandbox {
  #owner
  #sandboxes

  constructor(owner, sandboxes, id, { containerId, workspaceKind, workspace }) {
    this.#owner = owner
    this.#sandboxes = sandboxes
    this.id = id
    this.containerId = containerId
    this.workspace = Object.freeze({ kind: workspaceKind, location: workspace })
    // Read-only also for those who don't use TypeScript.
    Object.freeze(this)
  }

  exec(command, options) {
    return exec(this.#sandboxes, this.id, command, options)
  }

  readFile(path, options) {
    return readFile(this.#sandboxes, this.id, path, options)
  }

  writeFile(path, data, options) {
    return writeFile(this.#sandboxes, this.id, path, data, options)
  }

  upload(hostPath, path, options) {
    return copyTo(this.#sandboxes, this.id, hostPath, path, options)
  }

  download(path, hostPath, options) {
    return copyFrom(this.#sandboxes, this.id, path, hostPath, options)
  }

  stop(options) {
    return this.#owner.stop(this.id, options)
  }

  remove(options) {
    return this.#owner.remove(this.id, options)
  }

  isRunning(options) {
    return this.#owner.isRunning(this.id, options)
  }

  info(options) {
    return this.#owner.info(this.id, options)
  }
}

/** What the addon says of a disk, with nothing missing. */
export function diskInfo({ limit, used, enforcement }) {
  return { limit: limit ?? null, used: used ?? null, enforcement }
}
