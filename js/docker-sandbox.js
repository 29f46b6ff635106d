import { checkArgument, checkOptions, kinds } from './check.js'
import { engineKind, engineOptions } from './engine-options.js'
import { exec } from './exec.js'
import { fromNative } from './error.js'
import { readFile, writeFile } from './files.js'
import { callNative, native } from './native.js'
import { Sandbox } from './sandbox.js'

const OPTIONS = {
  profile: kinds.string,
  engine: engineKind,
  engineTimeout: kinds.number,
  dataDir: kinds.string,
  image: kinds.string,
  memory: kinds.size,
  cpus: kinds.number,
  pids: kinds.number,
  timeout: kinds.number,
  maxTimeout: kinds.number,
  outputLimit: kinds.size,
  network: kinds.string,
  dns: kinds.strings,
  readOnly: kinds.boolean,
  tmpfs: kinds.sizes,
  user: kinds.string,
  env: kinds.record,
  runtime: kinds.string,
  labels: kinds.record,
  mounts: kinds.objects,
  workspace: kinds.string,
}

const MOUNT = { type: kinds.string, source: kinds.string, target: kinds.string, readOnly: kinds.boolean }
const CALL = { signal: kinds.signal }
const REMOVE = { workspace: kinds.boolean, signal: kinds.signal }
const CLOSE = { stopAll: kinds.boolean }

/** A container for each conversation. */
export class DockerSandbox {
  #sandboxes

  constructor(options) {
    const { engine, engineTimeout, mounts, ...rest } = checkOptions(options, OPTIONS)
    const checked = mounts?.map((mount) => {
      const given = checkOptions(mount, MOUNT)
      for (const name of ['type', 'source', 'target']) checkArgument(`mounts.${name}`, given[name], kinds.string)
      return given
    })
    const given = { ...rest, engine: engineOptions(engine, engineTimeout), mounts: checked }
    try {
      this.#sandboxes = new native.NativeSandboxes(given)
    } catch (error) {
      throw fromNative(error)
    }
  }

  async getOrCreate(id, options) {
    const ready = await this.#call(id, options, (cancellation) => this.#sandboxes.ensure(id, cancellation))
    return new Sandbox(this, this.#sandboxes, id, ready)
  }

  async exec(id, command, options) {
    checkArgument('id', id, kinds.string)
    return exec(this.#sandboxes, id, command, options)
  }

  async readFile(id, path, options) {
    checkArgument('id', id, kinds.string)
    return readFile(this.#sandboxes, id, path, options)
  }

  async writeFile(id, path, data, options) {
    checkArgument('id', id, kinds.string)
    return writeFile(this.#sandboxes, id, path, data, options)
  }

  async stop(id, options) {
    await this.#call(id, options, (cancellation) => this.#sandboxes.stop(id, cancellation))
  }

  async remove(id, options) {
    checkArgument('id', id, kinds.string)
    const { workspace = false, signal } = checkOptions(options, REMOVE)
    await callNative(signal, (cancellation) => this.#sandboxes.remove(id, workspace, cancellation))
  }

  async isRunning(id, options) {
    return this.#call(id, options, (cancellation) => this.#sandboxes.isRunning(id, cancellation))
  }

  async info(id, options) {
    const info = await this.#call(id, options, (cancellation) => this.#sandboxes.info(id, cancellation))
    const { workspaceKind, workspace, network, ...rest } = info
    return { ...rest, network: network ? 'enabled' : 'none', workspace: { kind: workspaceKind, location: workspace } }
  }

  async list(options) {
    const { signal } = checkOptions(options, CALL)
    const listed = await callNative(signal, (cancellation) => this.#sandboxes.list(cancellation))
    return listed.map((summary) => ({ ...summary, created: new Date(summary.created * 1000).toISOString() }))
  }

  async close(options) {
    const { stopAll = false } = checkOptions(options, CLOSE)
    await callNative(undefined, () => this.#sandboxes.close(stopAll))
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #call(id, options, call) {
    checkArgument('id', id, kinds.string)
    const { signal } = checkOptions(options, CALL)
    return callNative(signal, call)
  }
}
