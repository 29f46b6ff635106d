import { SandboxError, invalid } from '../errors/sandbox-error.js'
import { MemoryProcess } from './memory-process.js'

/** How many ended processes are remembered. */
const REMEMBERED = 64

/** The first process id: small ones are the system's. */
const FIRST_PID = 100

/** The processes of one run of a sandbox in memory. */
export class MemoryProcesses {
  #processes = new Map()
  #nextPid = FIRST_PID

  spawn(options, run) {
    const process = new MemoryProcess(options, this.#nextPid++, run)
    this.#processes.set(process.id, process)
    const ended = [...this.#processes.values()].filter(({ isOver }) => isOver)
    for (const { id } of ended.slice(0, Math.max(0, ended.length - REMEMBERED))) this.#processes.delete(id)
    return process.handle({})
  }

  attach(id, from) {
    if (!/^[0-9a-f]{16}$/.test(id)) throw invalid('processId', `${JSON.stringify(id)} is not the id of a process`)
    const process = this.#processes.get(id)
    if (!process) throw new SandboxError('NOT_FOUND', `there is no process ${id} in the sandbox`, { hint: 'processes end with their container; see processes()' })
    if (!process.detached) throw new SandboxError('CONFLICT', `the process ${id} is not detached: only its own handle has its output`, { hint: 'spawn it with detached: true' })
    return process.handle(from)
  }

  list() {
    return [...this.#processes.values()].map((process) => process.info())
  }

  signal(id) {
    return this.#processes.get(id)?.signal() ?? false
  }

  resize(id) {
    const process = this.#processes.get(id)
    if (!process || process.isOver) return false
    if (!process.info().pty) throw new SandboxError('CONFLICT', 'the process has no terminal', { hint: 'spawn it with the option pty' })
    return true
  }
}
