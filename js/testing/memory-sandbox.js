import { createHash, randomBytes } from 'node:crypto'
import path from 'node:path'
import { SandboxError } from '../errors/sandbox-error.js'
import { builtIn } from './builtins.js'
import { Command } from './command.js'
import { Directory, FileTree, MEANING } from './file-tree.js'
import { replaced } from './metadata.js'
import { MemoryProcesses } from './memory-processes.js'

/** One sandbox: a workspace, and a container that can be removed and created again. */
export class MemorySandbox {
  #id
  #settings
  #workspace = new Directory()
  #container
  #files
  #running = false
  #commands = new Set()
  #used = 0
  /** The processes with handles since it was started. */
  processes = new MemoryProcesses()

  constructor(id, settings) {
    this.#id = id
    this.#settings = settings
  }

  get running() {
    return this.#running
  }

  /** The user of its commands, as `uid:gid`. */
  get user() {
    return this.#settings.user
  }

  /** The container's id and creation time; undefined if there is no container. */
  get container() {
    return this.#container
  }

  get state() {
    return this.#running ? 'running' : 'exited'
  }

  /** How long the sandbox has been idle, in milliseconds. */
  get idle() {
    return this.#commands.size > 0 ? 0 : Date.now() - this.#used
  }

  /** Creates or starts the container if needed, and returns its files. */
  up() {
    this.#used = Date.now()
    if (!this.#container) {
      this.#container = { id: randomBytes(32).toString('hex'), created: new Date() }
      this.#files = new FileTree(root(this.#settings, this.#workspace))
    }
    if (!this.#running) for (const target of this.#settings.tmpfs) this.#files.mount(target, new Directory())
    this.#running = true
    return this.#files
  }

  /** Replaces a file. As in a real workspace, the old and the new content must both fit the disk limit. */
  write(file, content) {
    const files = this.up()
    const inWorkspace = path.posix.resolve('/workspace', file).startsWith('/workspace/')
    if (inWorkspace && this.#workspace.bytes + content.length > (this.#settings.disk ?? Infinity)) {
      throw new SandboxError('DISK_LIMIT', `could not write ${file}: ${MEANING.ENOSPC}`, { details: { errno: 'ENOSPC', path: file } })
    }
    files.write(file, content)
  }

  /** Replaces the content of a file, which keeps what is known of it; a new one gets the mode. */
  store(file, content, mode = 0o644) {
    const existing = this.up().existing(file)
    this.write(file, existing instanceof Directory ? content : replaced(existing, content, mode))
  }

  /** Disk limit and usage. */
  disk() {
    const { disk: limit } = this.#settings
    return limit === undefined ? { enforcement: 'none' } : { limit, used: this.#workspace.bytes, enforcement: 'hard' }
  }

  /**
   * Runs a command.
   *
   * @param call the call as handlers see it
   * @param terms the limits of the command
   * @param answer asks the handlers; undefined if none matches
   */
  async exec(call, { terms, aborted, stream }, answer) {
    const files = this.up()
    const cwd = this.checkCwd(call.cwd)
    const command = new Command(terms, stream)
    this.#commands.add(command)
    try {
      const read = (file) => files.read(file, cwd)
      return await command.run(aborted, async (given) => (await answer({ ...call, ...given, cwd })) ?? builtIn(call, read))
    } finally {
      this.#commands.delete(command)
      this.#used = Date.now()
    }
  }

  /** The absolute path of a working directory, which must exist. */
  checkCwd(given) {
    const cwd = path.posix.resolve('/workspace', given ?? '.')
    const obstacle = this.up().obstacle(cwd)
    if (obstacle) throw new SandboxError('COMMAND_NOT_STARTED', `could not start cwd ${given}: ${MEANING[obstacle]}`, { hint: 'create the directory first', details: { reason: obstacle } })
    return cwd
  }

  /** Ends all commands with an error. */
  kill(error) {
    for (const command of this.#commands) command.kill(error)
  }

  stop() {
    this.kill(lost('exited'))
    this.processes = new MemoryProcesses()
    this.#running = false
  }

  remove(withWorkspace) {
    this.kill(lost('removed'))
    this.processes = new MemoryProcesses()
    this.#running = false
    this.#container = undefined
    this.#files = undefined
    if (withWorkspace) this.#workspace = new Directory()
  }

  /** Where the workspace would be stored. */
  location() {
    return this.#settings.volumes ? `cofferdam-${createHash('sha256').update(this.#id).digest('hex').slice(0, 20)}` : path.resolve(this.#settings.dataDir, this.#id)
  }
}

/** The root directory of a new container, with the directories that its user can write to. */
function root({ readOnly, mounts }, workspace) {
  const system = new Directory(readOnly ? 'EROFS' : 'EACCES')
  const tree = new FileTree(system)
  const own = () => new Directory(readOnly ? 'EROFS' : undefined)
  for (const [target, directory] of [['/etc', new Directory(system.refusal)], ['/tmp', own()], ['/home/sandbox', own()], ['/workspace', workspace]]) {
    tree.mount(target, directory)
  }
  for (const mount of mounts) tree.mount(mount.target, new Directory(mount.readOnly ? 'EROFS' : undefined))
  return system
}

function lost(container) {
  return new SandboxError('SANDBOX_LOST', `the sandbox was lost while the command was running (container ${container})`, { details: { container } })
}
