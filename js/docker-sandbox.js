import { callNative } from './addon/call.js'
import { SandboxFs } from './fs/sandbox-fs.js'
import { checkArgument, checkOptions, kinds } from './options/check.js'
import { CALL, CLOSE, DOCKER_SANDBOX, REMOVE_SANDBOX } from './options/tables.js'
import { connect, fetch, ports, tunnel, waitForPort } from './port/ports.js'
import { attach, processes, spawn } from './process/spawn.js'
import { stats, watchStats } from './sandbox/stats.js'
import { Shell } from './shell/shell.js'
import { Sandbox } from './sandbox.js'
import { exec } from './sandbox/exec.js'
import { copyFrom, copyTo, readFile, writeFile } from './sandbox/files.js'
import { Janitor } from './sandbox/janitor.js'
import { makeSandboxes, sandboxInfo } from './sandbox/make.js'

/** One container per conversation. */
export class DockerSandbox {
  #sandboxes
  #janitor

  /** @param make creates the sandboxes; js/testing passes its own */
  constructor(options, make = makeSandboxes) {
    const { idleTimeout, removeAfter, detachedGrace, cleanupInterval, ...rest } = checkOptions(options, DOCKER_SANDBOX)
    this.#sandboxes = make(rest)
    this.#janitor = new Janitor(this.#sandboxes, { idleTimeout, removeAfter, detachedGrace, cleanupInterval })
  }

  async getOrCreate(id, options) {
    const ready = await this.#call(id, options, (cancellation) => this.#sandboxes.ensure(id, cancellation))
    return new Sandbox(this, id, ready)
  }

  async exec(id, command, options) {
    return exec(this.#using(id), id, command, options)
  }

  async spawn(id, command, options) {
    return spawn(this.#using(id), id, command, options)
  }

  async attach(id, processId, options) {
    return attach(this.#using(id), id, processId, options)
  }

  async processes(id, options) {
    return processes(this.#using(id), id, options)
  }

  async stats(id, options) {
    checkArgument('id', id, kinds.string)
    return stats(this.#sandboxes, id, options)
  }

  watchStats(id, options) {
    checkArgument('id', id, kinds.string)
    return watchStats(this.#sandboxes, id, options)
  }

  async shell(id, options) {
    return Shell.open(this.#using(id), id, options)
  }

  async ports(id, options) {
    return ports(this.#using(id), id, options)
  }

  async waitForPort(id, port, options) {
    return waitForPort(this.#using(id), id, port, options)
  }

  async connect(id, port, options) {
    return connect(this.#using(id), id, port, options)
  }

  async tunnel(id, port, options) {
    return tunnel(this.#using(id), id, port, options)
  }

  async fetch(id, port, request, init) {
    return fetch(this.#using(id), id, port, request, init)
  }

  fs(id) {
    checkArgument('id', id, kinds.string)
    const native = this.#sandboxes.fs(id)
    return new SandboxFs(native, (call) => {
      this.#janitor.start()
      return call()
    })
  }

  async readFile(id, path, options) {
    return readFile(this.#using(id), id, path, options)
  }

  async writeFile(id, path, data, options) {
    return writeFile(this.#using(id), id, path, data, options)
  }

  async upload(id, hostPath, path, options) {
    return copyTo(this.#using(id), id, hostPath, path, options)
  }

  async download(id, path, hostPath, options) {
    return copyFrom(this.#using(id), id, path, hostPath, options)
  }

  async stop(id, options) {
    await this.#call(id, options, (cancellation) => this.#sandboxes.stop(id, cancellation))
  }

  async remove(id, options) {
    checkArgument('id', id, kinds.string)
    const { workspace = false, signal } = checkOptions(options, REMOVE_SANDBOX)
    await callNative(signal, (cancellation) => this.#sandboxes.remove(id, workspace, cancellation))
  }

  async isRunning(id, options) {
    return this.#call(id, options, (cancellation) => this.#sandboxes.isRunning(id, cancellation))
  }

  async info(id, options) {
    return sandboxInfo(await this.#call(id, options, (cancellation) => this.#sandboxes.info(id, cancellation)))
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

  /** The sandboxes, for a call that uses one: the janitor is needed from now on. */
  #using(id) {
    checkArgument('id', id, kinds.string)
    this.#janitor.start()
    return this.#sandboxes
  }
}
