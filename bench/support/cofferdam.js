import { join } from 'node:path'
import { DockerSandbox } from '../../index.js'
import { IMAGE, USER } from './profile.js'

/** This package, with its defaults. */
export class Cofferdam {
  #options
  #sandboxes
  #made = 0

  constructor(address, directory, cleanup) {
    // Not the directory itself: nothing is copied from or to a path in a data directory.
    this.#options = { engine: address, dataDir: join(directory, 'sandboxes'), image: IMAGE, user: USER }
    this.#sandboxes = new DockerSandbox(this.#options)
    cleanup.defer(() => this.#sandboxes.close())
  }

  /** A new running sandbox. `remove` removes it. */
  async create() {
    const sandbox = await this.#sandboxes.getOrCreate(`bench-${++this.#made}`)
    return { ...verbs(sandbox), remove: () => sandbox.remove({ workspace: true }) }
  }

  /** The calls for an existing sandbox. */
  async open(name) {
    return verbs(await this.#sandboxes.getOrCreate(name))
  }

  /** Removes all sandboxes once all calls have ended, because a command would create its sandbox again. */
  async removeAll() {
    await this.#sandboxes.close()
    const again = new DockerSandbox(this.#options)
    try {
      for (const { id } of await again.list()) await again.remove(id, { workspace: true })
    } finally {
      await again.close()
    }
  }
}

/** `name` is the sandbox's id, `id` its container's. */
function verbs(sandbox) {
  return {
    name: sandbox.id,
    id: sandbox.containerId,
    sandbox,
    exec: (command) => sandbox.exec(command),
    writeFile: (path, data) => sandbox.writeFile(path, data),
    readFile: (path) => sandbox.readFile(path, null),
    copyTo: (hostPath, path) => sandbox.upload(hostPath, path),
    copyFrom: (path, hostPath) => sandbox.download(path, hostPath),
  }
}
