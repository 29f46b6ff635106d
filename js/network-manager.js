import { checkArgument, checkOptions, kinds } from './check.js'
import { EngineClient } from './engine-client.js'
import { callNative } from './native.js'

const NETWORK = { internal: kinds.boolean, dns: kinds.strings, subnet: kinds.string, signal: kinds.signal }

/** The one of `getInstance`. */
let shared

/** Networks of one task each. */
export class NetworkManager {
  #client

  static getInstance() {
    shared ??= new NetworkManager()
    return shared
  }

  constructor(options) {
    this.#client = new EngineClient(options)
  }

  async createTaskNetwork(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    const { signal, ...given } = checkOptions(options, NETWORK)
    return callNative(signal, (cancellation) => this.#client.manager.createTaskNetwork(taskId, given, cancellation))
  }

  async connectContainerToNetwork(containerId, networkId, options) {
    return this.#pair(containerId, networkId, options, 'connectNetwork')
  }

  async disconnectContainerFromNetwork(containerId, networkId, options) {
    return this.#pair(containerId, networkId, options, 'disconnectNetwork')
  }

  async removeTaskNetwork(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeTaskNetworks(taskId, cancellation))
  }

  async listTaskNetworks(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    const networks = await this.#client.json(options, (cancellation) => this.#client.manager.taskNetworks(taskId, cancellation))
    return networks.map(network)
  }

  async isolateNetwork(networkId, options) {
    checkArgument('networkId', networkId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.isolateNetwork(networkId, cancellation))
  }

  async stats(networkId, options) {
    checkArgument('networkId', networkId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.traffic(networkId, cancellation))
  }

  async close() {
    if (this === shared) shared = undefined
    this.#client.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #pair(containerId, networkId, options, method) {
    checkArgument('containerId', containerId, kinds.string)
    checkArgument('networkId', networkId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager[method](containerId, networkId, cancellation))
  }
}

function network({ Id, Name, Internal, IPAM, Labels, Containers, Created }) {
  const [{ Subnet, Gateway } = {}] = IPAM?.Config ?? []
  return {
    id: Id,
    name: Name,
    internal: Internal,
    subnet: Subnet ?? null,
    gateway: Gateway ?? null,
    dns: (Labels?.['cofferdam.dns'] ?? '').split(',').filter(Boolean),
    formerIds: (Labels?.['cofferdam.former'] ?? '').split(',').filter(Boolean),
    containers: Object.entries(Containers ?? {}).map(([id, { Name: name, IPv4Address }]) => ({ id, name, address: IPv4Address.split('/')[0] })),
    created: new Date(Created).toISOString(),
  }
}
