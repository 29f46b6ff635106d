import { checkArgument, checkOptions, kinds } from './check.js'
import { exec } from './exec.js'
import { copyFrom, copyTo, readFile, writeFile } from './files.js'
import { Janitor } from './janitor.js'
import { callNative } from './native.js'
import { SANDBOXES, makeSandboxes } from './sandbox-options.js'
import { Sandbox, diskInfo } from './sandbox.js'

const OPTIONS = { ...SANDBOXES, removeAfter: kinds.number }
const CALL = { signal: kinds.signal }
const REMOVE = { workspace: kinds.boolean, signal: kinds.signal }
const CLOSE = { stopAll: kinds.boolean }

/** A container for each conversation. */
export class DockerSandbox {
  #sandboxes
  #janitor

  /** @param make for those that are not Docker's; see `js/testing` */
  constructor(options, make = makeSandboxes) {
    const { idleTimeout, removeAfter, cleanupInterval, ...rest } = checkOptions(options, OPTIONS)
    this.#sandboxes = make(rest)
    this.#janitor = new Janitor(this.#sandboxes, { idleTimeout, removeAfter, cleanupInterval })
  }

  async getOrCreate(id, options) {
    const ready = await this.#call(id, options, (cancellation) => this.#sandboxes.ensure(id, cancellation))
    return new Sandbox(this, this.#sandboxes, id, ready)
  }

  async exec(id, command, options) {
    checkArgument('id', id, kinds.string)
    this.#janitor.start()
    return exec(this.#sandboxes, id, command, options)
  }

  async readFile(id, path, options) {
    checkArgument('id', id, kinds.string)
    this.#janitor.start()
    return readFile(this.#sandboxes, id, path, options)
  }

  async writeFile(id, path, data, options) {
    checkArgument('id', id, kinds.string)
    this.#janitor.start()
    return writeFile(this.#sandboxes, id, path, data, options)
  }

  async upload(id, hostPath, path, options) {
    checkArgument('id', id, kinds.string)
    this.#janitor.start()
    return copyTo(this.#sandboxes, id, hostPath, path, options)
  }

  async download(id, path, hostPath, options) {
    checkArgument('id', id, kinds.string)
    this.#janitor.start()
    return copyFrom(this.#sandboxes, id, path, hostPath, options)
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
    const { workspaceKind, workspace, disk, network, ...rest } = info
    return { ...rest, disk: diskInfo(disk), network: network ? 'enabled' : 'none', workspace: { kind: workspaceKind, location: workspace } }
  }

  async list(options) {
    const { signal } = checkOptions(options, CALL)
    const listed = await callNative(signal, (cancellation) => this.#sandboxes.list(cancellation))
    return listed.map((summary) => ({ ...summary, created: new Date(summary.created * 1000).toISOString() }))
  }

  async close(options) {
    const { stopAll = false } = checkOptions(options, CLOSE)
    this.#janitor.stop()
    await callNative(undefined, () => this.#sandboxes.close(stopAll))
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #call(id, options, call) {
    checkArgument('id', id, kinds.string)
    const { signal } = checkOptions(options, CALL)
    this.#janitor.start()
    return callNative(signal, call)
  }
}
