import { native } from '../addon/load.js'
import { SandboxError } from '../errors/sandbox-error.js'
import { makeSandboxes } from '../sandbox/make.js'
import { Budget, fromHost, measure, toHost } from './copies.js'
import { MemoryFs } from './memory-fs.js'
import { MemorySandbox } from './memory-sandbox.js'

/** The longest time that a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1

const noServer = (port) => new SandboxError('NOT_FOUND', `could not connect to port ${port} of the sandbox: sandboxes in memory have no servers`, { details: { errno: 'ECONNREFUSED', port } })

/** Takes the place of the addon's `NativeSandboxes` under `DockerSandbox`, in memory. */
export class MemorySandboxes {
  /** The addon's sandboxes, which never connect, and their checks of arguments. */
  #real
  #checks
  #settings
  #handlers
  #sandboxes = new Map()

  constructor(options, handlers) {
    this.#real = makeSandboxes(options)
    this.#checks = new native.NativeChecks(this.#real)
    this.#settings = { ...this.#checks.settings(), mounts: options.mounts ?? [] }
    this.#handlers = handlers
  }

  async ensure(id, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    sandbox.up()
    return { containerId: sandbox.container.id, ...this.#workspace(sandbox) }
  }

  async exec(id, command, { stdin = '', cwd, binary, ...options }, cancellation, stream) {
    try {
      const { env, ...terms } = this.#checks.checkExec(id, command, { ...options, cwd })
      // Copied now: the caller may change it as soon as this returns.
      const call = { id, command, cwd, env, stdin: Buffer.from(stdin), timeout: terms.timeout }
      const sandbox = await this.#checked(id)
      const limits = { terms: { ...terms, binary }, aborted: cancellation?.signal, stream }
      return await sandbox.exec(call, limits, (given) => this.#handlers.answer(given))
    } finally {
      stream?.close()
    }
  }

  async spawn(id, command, options, cancellation) {
    const { env } = this.#checks.checkSpawn(id, command, options)
    const sandbox = await this.#checked(id, cancellation)
    sandbox.checkCwd(options.cwd)
    const run = ({ command: line = command, stdin, stream, signal }) => {
      const call = { id, command: line, cwd: options.cwd, env, stdin: Buffer.from(stdin), timeout: options.timeout || undefined }
      const limits = { terms: { timeout: options.timeout || LONGEST, killGrace: options.killGrace ?? 0, outputLimit: 0, binary: true }, aborted: signal, stream }
      return sandbox.exec(call, limits, (given) => this.#handlers.answer(given))
    }
    return sandbox.processes.spawn({ command, ...options }, run)
  }

  async attach(id, processId, from, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    return sandbox.processes.attach(processId, from)
  }

  async processes(id, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    return sandbox.processes.list()
  }

  async signal(id, processId, _number, _descendants, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    return sandbox.processes.signal(processId)
  }

  async resize(id, processId, _cols, _rows, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    return sandbox.processes.resize(processId)
  }

  /** Nothing is measured in memory. */
  async stats(id, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    if (!sandbox.running) throw new SandboxError('NOT_FOUND', `the sandbox ${id} is not running`)
    return { memoryLimit: this.#settings.memory, pidsLimit: this.#settings.pids, processes: sandbox.processes.list().filter(({ result }) => !result).length }
  }

  /** Nothing listens in memory. */
  async ports(id, cancellation) {
    await this.#checked(id, cancellation)
    return []
  }

  async connect(id, port, cancellation) {
    await this.#checked(id, cancellation)
    throw noServer(port)
  }

  async tunnel(id, port, _hostPort, cancellation) {
    await this.#checked(id, cancellation)
    throw noServer(port)
  }

  fs(id) {
    return new MemoryFs((cancellation) => this.#checked(id, cancellation))
  }

  async readFile(id, path, cancellation) {
    this.#checks.checkPath(id, path)
    const sandbox = await this.#checked(id, cancellation)
    return sandbox.up().read(path)
  }

  /** Files in memory have no mode. */
  async writeFile(id, path, data, _mode, cancellation) {
    this.#checks.checkPath(id, path)
    const content = Buffer.from(data)
    const sandbox = await this.#checked(id, cancellation)
    sandbox.write(path, content)
  }

  async copyTo(id, hostPath, path, options, cancellation) {
    const budget = new Budget(this.#checks.checkCopy(id, hostPath, path, options))
    const found = await fromHost(hostPath, budget)
    const sandbox = await this.#checked(id, cancellation)
    sandbox.up().put(path, found)
    return budget.copied
  }

  async copyFrom(id, path, hostPath, options, cancellation) {
    const budget = new Budget(this.#checks.checkCopy(id, hostPath, path, options))
    const sandbox = await this.#checked(id, cancellation)
    const found = sandbox.up().take(path)
    measure(found, path, budget)
    await toHost(found, hostPath)
    return budget.copied
  }

  async stop(id, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    sandbox.stop()
  }

  async remove(id, workspace, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    sandbox.remove(workspace)
  }

  async isRunning(id, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    return sandbox.running
  }

  async info(id, cancellation) {
    const sandbox = await this.#checked(id, cancellation)
    const { container, state } = sandbox
    if (!container) throw new SandboxError('NOT_FOUND', `the sandbox ${id} has no container`)
    const { image, memory, cpus, pids, network, host } = this.#settings
    const settings = { image, imageId: 'in memory', memory, cpus, pids, user: sandbox.user, network, hostBlocked: host === 'deny' || !network, metadataBlocked: true, seccomp: 'cofferdam' }
    return { id, containerId: container.id, state, created: container.created.toISOString(), ...settings, disk: sandbox.disk(), ...this.#workspace(sandbox), agent: 'in memory' }
  }

  async list() {
    this.#checks.check('any')
    return this.#all().map(([id, { container, state, running }]) => {
      return { id, containerId: container.id, state, running, image: this.#settings.image, created: container.created.getTime() / 1000 }
    })
  }

  async close() {
    await this.#real.close(false)
    for (const [, sandbox] of this.#all()) sandbox.kill(new SandboxError('CLOSED', 'the sandboxes were closed'))
  }

  /** Runs one cleanup pass. */
  async clean(idle = Infinity, expired = Infinity) {
    for (const [, sandbox] of this.#all()) {
      if (sandbox.running && sandbox.idle >= idle) sandbox.stop()
      else if (!sandbox.running && sandbox.idle >= expired) sandbox.remove(false)
    }
  }

  /** The sandbox of a valid id. Asynchronous like a real call, so that it can still be aborted. */
  async #checked(id, cancellation) {
    this.#checks.check(id)
    await undefined
    if (cancellation?.signal.aborted) throw new SandboxError('ABORTED', 'the call was aborted')
    const sandbox = this.#sandboxes.get(id) ?? new MemorySandbox(id, { ...this.#settings, user: this.#user() })
    this.#sandboxes.set(id, sandbox)
    return sandbox
  }

  /** The user of a new sandbox. */
  #user() {
    const { user } = this.#settings
    const own = 1_900_000_000 + this.#sandboxes.size
    return user === 'unique' ? `${own}:${own}` : user
  }

  /** The sandboxes that have a container. */
  #all() {
    return [...this.#sandboxes].filter(([, { container }]) => container)
  }

  #workspace(sandbox) {
    return { workspaceKind: this.#settings.volumes ? 'volume' : 'bind', workspace: sandbox.location() }
  }
}
