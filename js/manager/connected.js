import { EngineClient, environmentLimits } from '../engine/client.js'

/** The connection of a manager: for the classes of this directory, of which `DockerManager` is made. */
export let clientOf

/** What has a connection to an engine. */
export class Connected {
  #client

  static {
    clientOf = (manager) => manager.#client
  }

  constructor(options) {
    this.#client = new EngineClient(options, environmentLimits)
  }

  async close() {
    this.#client.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }
}
