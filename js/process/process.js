import { callNative } from '../addon/call.js'
import { SandboxError } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { CALL, OUTPUT, TERMINAL_SIZE, WAIT_FOR_OUTPUT } from '../options/tables.js'
import { signalNumber } from '../sandbox/exec.js'
import { processInfo, processResult } from './answers.js'
import { Output } from './output.js'
import { search } from './search.js'
import { stdinOf } from './stdin.js'

/** Handles whose processes run and end with them: one that nobody refers to must not be collected, and its process killed. */
const running = new Set()

/** A process of a sandbox; see `Process` in index.d.ts. */
export class Process {
  #control
  #native
  #output
  #ended
  #isOver = false
  #aborted

  /**
   * @param native the addon's handle
   * @param control signals and resizes it
   * @param abort an `AbortSignal` that kills it
   */
  constructor(native, control, abort) {
    const { id, pid, name, command, startedAt, detached, pty, input } = processInfo(native.info())
    Object.assign(this, { id, pid, name, command, startedAt, detached, pty })
    this.#native = native
    this.#control = control
    this.#output = new Output(native, pty)
    this.stdin = input ? stdinOf(native) : null
    Object.freeze(this)
    if (detached) return
    running.add(this)
    this.#watch(abort)
  }

  /** Standard output, or that of the terminal. */
  get stdout() {
    return this.#output.stdout
  }

  /** Standard error; `null` in a terminal. */
  get stderr() {
    return this.#output.stderr
  }

  output(options) {
    const { encoding, signal } = checkOptions(options, OUTPUT)
    return this.#output.iterate(encoding, signal)
  }

  async wait(options) {
    const { signal } = checkOptions(options, CALL)
    this.#output.drain()
    const ended = Promise.all([this.#end(), this.#output.finished]).then(([result]) => result)
    return callNative(signal, () => (signal ? unlessAborted(signal, ended) : ended))
  }

  async kill(signal = 'SIGTERM') {
    checkArgument('signal', signal, kinds.signalName)
    const number = typeof signal === 'number' ? signal : signalNumber(signal)
    if (number === undefined) throw new SandboxError('INVALID_ARGUMENT', `signal must be the name of a signal of Linux, not ${JSON.stringify(signal)}`, { details: { argument: 'signal' } })
    return callNative(undefined, () => this.#control.signal(this.id, number))
  }

  async resize(size) {
    const { cols, rows } = checkOptions(size, TERMINAL_SIZE)
    checkArgument('cols', cols, kinds.number)
    checkArgument('rows', rows, kinds.number)
    return callNative(undefined, () => this.#control.resize(this.id, cols, rows))
  }

  async waitForPort(port, options) {
    return this.#control.waitForPort(port, options, () => this.#isOver)
  }

  async waitForOutput(pattern, options) {
    const { timeout, signal } = checkOptions(options, WAIT_FOR_OUTPUT)
    return search(this.#output, pattern, { timeout, signal })
  }

  async close() {
    this.#output.close()
    if (!this.detached) {
      await this.kill('SIGKILL').catch(() => {})
      // Its end comes after its output, which nobody else reads now.
      this.#output.drain()
      await this.#end().catch(() => {})
    }
    this.#native.close()
    running.delete(this)
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  /** The result, once for all callers. */
  #end() {
    this.#ended ??= callNative(undefined, () => this.#native.wait())
      .then(processResult)
      .finally(() => {
        this.#isOver = true
      })
    return this.#ended.catch((error) => {
      throw this.#aborted ?? error
    }).then((result) => {
      if (this.#aborted) throw this.#aborted
      return result
    })
  }

  #watch(abort) {
    const kill = () => {
      this.#aborted = new SandboxError('ABORTED', 'the process was aborted', { cause: abort.reason })
      this.kill('SIGKILL').catch(() => {})
    }
    abort?.addEventListener('abort', kill)
    if (abort?.aborted) kill()
    const forget = () => {
      running.delete(this)
      abort?.removeEventListener('abort', kill)
    }
    this.#end().then(forget, forget)
  }
}

/** A promise, unless the signal is aborted before it settles. */
function unlessAborted(signal, promise) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason }))
    const forget = () => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    promise.then(resolve, reject).finally(forget)
  })
}
