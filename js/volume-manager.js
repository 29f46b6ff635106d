import { callNative } from './addon/call.js'
import { taskVolumeInfo, volumeInfo } from './engine/answers.js'
import { EngineClient, filtersAsJson, managedOnly } from './engine/client.js'
import { checkArgument, checkOptions, kinds } from './options/check.js'
import { FILTERED, LIST, REMOVE, VOLUME } from './options/tables.js'

/** The instance that `getInstance` returns. */
let shared

/** Volumes of tasks, and any other volumes. */
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
    return taskMount(await this.#client.call(options, (cancellation) => this.#client.manager.mountWorkspace(taskId, workspacePath, cancellation)))
  }

  async mountTaskMemory(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return taskMount(await this.#client.call(options, (cancellation) => this.#client.manager.mountTaskMemory(taskId, cancellation)))
  }

  async unmountVolumes(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeTaskVolumes(taskId, false, cancellation))
  }

  async listTaskVolumes(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    const volumes = await this.#client.json(options, (cancellation) => this.#client.manager.taskVolumes(taskId, cancellation))
    return volumes.map(taskVolumeInfo)
  }

  async cleanupTaskVolumes(taskId, options) {
    checkArgument('taskId', taskId, kinds.string)
    return this.#client.call(options, (cancellation) => this.#client.manager.removeTaskVolumes(taskId, true, cancellation))
  }

  async create(options) {
    const { signal, ...given } = checkOptions(typeof options === 'string' ? { name: options } : options, VOLUME)
    return volumeInfo(await this.#client.json({ signal }, (cancellation) => this.#client.manager.createVolume(given, cancellation)))
  }

  async inspect(name, options) {
    checkArgument('name', name, kinds.string)
    return volumeInfo(await this.#client.json(options, (cancellation) => this.#client.manager.inspectVolume(name, cancellation)))
  }

  async list(options) {
    const { filters, signal } = checkOptions(options, FILTERED)
    const { Volumes } = await this.#client.json({ signal }, (cancellation) => this.#client.manager.volumes(filtersAsJson(filters), cancellation))
    return (Volumes ?? []).map(volumeInfo)
  }

  async remove(name, options) {
    checkArgument('name', name, kinds.string)
    const { force = false, signal } = checkOptions(options, REMOVE)
    return callNative(signal, (cancellation) => this.#client.manager.removeVolume(name, force, cancellation))
  }

  async prune(options) {
    const { all = false, filters, signal } = checkOptions(options, LIST)
    const chosen = all ? filters : managedOnly(filters)
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

function taskMount({ source, target }) {
  return { type: 'volume', source, target, readOnly: false }
}
