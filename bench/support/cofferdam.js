import { DockerSandbox } from '../../index.js'
import { IMAGE, USER } from './profile.js'

/** This package, with its defaults. */
export class Cofferdam {
  #sandboxes
  #cleanup
  #made = 0

  constructor(address, directory, cleanup) {
    this.#sandboxes = new DockerSandbox({ engine: address, dataDir: directory, image: IMAGE, user: USER })
    this.#cleanup = cleanup
    cleanup.defer(() => this.#sandboxes.close())
  }

  /** A new sandbox that runs. `remove` ends it. */
  async create() {
    const id = `bench-${++this.#made}`
    const remove = this.#cleanup.defer(() => this.#sandboxes.remove(id, { workspace: true }))
    const sandbox = await this.#sandboxes.getOrCreate(id)
    return { ...verbs(sandbox), remove }
  }

  /** The verbs of a sandbox that is there, or else is made. */
  async open(name) {
    return verbs(await this.#sandboxes.getOrCreate(name))
  }
}

/** `name` is the sandbox's own, `id` its container's. */
function verbs(sandbox) {
  return {
    name: sandbox.id,
    id: sandbox.containerId,
    exec: (command) => sandbox.exec(command),
    writeFile: (path, data) => sandbox.writeFile(path, data),
    readFile: (path) => sandbox.readFile(path, null),
  }
}
