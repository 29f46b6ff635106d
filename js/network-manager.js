import { callNative } from './addon/call.js'
import { EngineClient, filtersAsJson, managedOnly } from './engine/client.js'
import { networkInfo } from './engine/answers.js'
import { checkArgument, checkOptions, kinds } from './options/check.js'
import { CONNECT, FILTERED, LIST, NETWORK, NEW_NETWORK, SUBNET } from './options/tables.js'

/** The instance that `getInstance` returns. */
let shared

/** Networks of tasks. */
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
    checkPair(containerId, networkId)
    const { signal, ...given } = checkOptions(options, CONNECT)
    return callNative(signal, (cancellation) => this.#client.manager.connectNetwork(containerId, networkId, given, cancellation))
  }

  async disconnectContainerFromNetwork(containerId, networkId, options) {
    checkPair(containerId, networkId)
    return this.#client.call(options, (cancellation) => this.#client.manager.disconnectNetwork(containerId, networkId, cancellation))
  }

  async removeTaskNetwork(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeTaskNetworks(taskId, cancellation))
  }

  async listTaskNetworks(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    const networks = await this.#client.json(options, (cancellation) => this.#client.manager.taskNetworks(taskId, cancellation))
    return networks.map(networkInfo)
  }

  async create(options) {
    const { signal, subnets = [], ...given } = checkOptions(typeof options === 'string' ? { name: options } : options, NEW_NETWORK)
    checkArgument('name', given.name, kinds.string)
    const ranges = subnets.map((range, index) => {
      const checked = checkOptions(range, SUBNET, `subnets[${index}]`)
      checkArgument('subnets', checked.subnet, kinds.string, `subnets[${index}].subnet`)
      return checked
    })
    return callNative(signal, (cancellation) => this.#client.manager.createNetwork({ ...given, subnets: ranges }, cancellation))
  }

  async inspect(networkId, options) {
    checkArgument('networkId', networkId, kinds.string)
    return networkInfo(await this.#client.json(options, (cancellation) => this.#client.manager.inspectNetwork(networkId, cancellation)))
  }

  async list(options) {
    const { filters, signal } = checkOptions(options, FILTERED)
    const networks = await this.#client.json({ signal }, (cancellation) => this.#client.manager.listNetworks(filtersAsJson(filters), cancellation))
    return (networks ?? []).map(networkInfo)
  }

  async remove(networkId, options) {
    checkArgument('networkId', networkId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeNetwork(networkId, cancellation))
  }

  async prune(options) {
    const { all = false, filters, signal } = checkOptions(options, LIST)
    const chosen = all ? filters : managedOnly(filters)
    const pruned = await this.#client.json({ signal }, (cancellation) => this.#client.manager.pruneNetworks(filtersAsJson(chosen), cancellation))
    return { removed: pruned.NetworksDeleted ?? [] }
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
}

function checkPair(containerId, networkId) {
  checkArgument('containerId', containerId, kinds.string)
  checkArgument('networkId', networkId, kinds.string)
}
