import { DockerSandbox as RealDockerSandbox } from '../docker-sandbox.js'
import { Handlers } from './handlers.js'
import { MemorySandboxes } from './memory-sandboxes.js'

/** `DockerSandbox` without Docker: files are in memory, and handlers answer commands. Everything else is the real class. */
export class DockerSandbox extends RealDockerSandbox {
  #handlers

  constructor(options) {
    const handlers = new Handlers()
    super(options, (given) => new MemorySandboxes(given, handlers))
    this.#handlers = handlers
  }

  onExec(pattern, answer) {
    return this.#handlers.add(pattern, answer)
  }
}
