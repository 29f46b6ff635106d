import { checkArgument, checkOptions, kinds } from './check.js'
import { EngineClient, filtersAsJson } from './engine-client.js'
import { callNative } from './native.js'

const VOLUME = { name: kinds.string, driver: kinds.string, driverOptions: kinds.record, labels: kinds.record, signal: kinds.signal }
const LIST = { filters: kinds.filters, signal: kinds.signal }
const REMOVE = { force: kinds.boolean, signal: kinds.signal }
const PRUNE = { all: kinds.boolean, filters: kinds.filters, signal: kinds.signal }

/** The one of `getInstance`. */
let shared

/** Volumes: of tasks, and any. */
export class VolumeManager {
  #client

  static getInstance() {
    shared ??= new VolumeManager()
    return shared
  }

  constructor(options) {
    this.#client = new EngineClient(options)
  }

  async mountWorkspace(taskId, workspacePath, options) {
    checkArgument('taskId', taskId, kinds.string)
    checkArgument('workspacePath', workspacePath, kinds.string)
    return mount(await this.#client.call(options, (cancellation) => this.#client.manager.mountWorkspace(taskId, workspacePath, cancellation)))
  }

  async mountTaskMemory(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return mount(await this.#client.call(options, (cancellation) => this.#client.manager.mountTaskMemory(taskId, cancellation)))
  }

  async unmountVolumes(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeTaskVolumes(taskId, false, cancellation))
  }

  async listTaskVolumes(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    const volumes = await this.#client.json(options, (cancellation) => this.#client.manager.taskVolumes(taskId, cancellation))
    return volumes.map((one) => ({ ...volume(one), kind: one.Labels['cofferdam.kind'], path: one.Options?.device ?? null }))
  }

  async cleanupTaskVolumes(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeTaskVolumes(taskId, true, cancellation))
  }

  async create(options) {
    const { signal, ...given } = checkOptions(typeof options === 'string' ? { name: options } : options, VOLUME)
    return volume(await this.#client.json({ signal }, (cancellation) => this.#client.manager.createVolume(given, cancellation)))
  }

  async inspect(name, options) {
    checkArgument('name', name, kinds.string)
    return volume(await this.#client.json(options, (cancellation) => this.#client.manager.inspectVolume(name, cancellation)))
  }

  async list(options) {
    const { filters, signal } = checkOptions(options, LIST)
    const { Volumes } = await this.#client.json({ signal }, (cancellation) => this.#client.manager.volumes(filtersAsJson(filters), cancellation))
    return (Volumes ?? []).map(volume)
  }

  async remove(name, options) {
    checkArgument('name', name, kinds.string)
    const { force = false, signal } = checkOptions(options, REMOVE)
    return callNative(signal, (cancellation) => this.#client.manager.removeVolume(name, force, cancellation))
  }

  async prune(options) {
    const { all = false, filters, signal } = checkOptions(options, PRUNE)
    const chosen = all ? filters : { ...filters, label: ['cofferdam.managed', ...[filters?.label ?? []].flat()] }
    const pruned = await this.#client.json({ signal }, (cancellation) => this.#client.manager.pruneVolumes(filtersAsJson(chosen), cancellation))
    return { removed: pruned.VolumesDeleted ?? [], spaceReclaimed: pruned.SpaceReclaimed }
  }

  async close() {
    if (this === shared) shared = undefined
    this.#client.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }
}

function mount({ source, target }) {
  return { type: 'volume', source, target, readOnly: false }
}

function volume({ Name, Driver, Mountpoint, Labels, CreatedAt }) {
  return { name: Name, driver: Driver, mountpoint: Mountpoint, labels: Labels ?? {}, created: CreatedAt ? new Date(CreatedAt).toISOString() : null }
}
