import { callNative } from '../addon/call.js'
import { SandboxError } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, isBinary, kinds } from '../options/check.js'
import { RUN, SHELL } from '../options/tables.js'
import { processInfo, processResult } from '../process/answers.js'
import { signalNumber } from '../sandbox/exec.js'
import { Capture } from './capture.js'
import { DRIVER } from './driver.js'

/** How long a command may run by default, in milliseconds. */
const TIMEOUT = 120_000

/** How much of each stream a result holds by default, in bytes. */
const OUTPUT_LIMIT = 1024 * 1024

/** How long the shell may take to go on after what it waited for was killed, in milliseconds. */
const PATIENCE = 1000

/** One bash that keeps its state between commands; see `Shell` in index.d.ts. */
export class Shell {
  #sandboxes
  #id
  #options
  #shell
  #last = Promise.resolve()
  #isClosed = false

  constructor(sandboxes, id, options) {
    this.#sandboxes = sandboxes
    this.#id = id
    this.#options = options
  }

  /** Starts it. */
  static async open(sandboxes, id, options) {
    const { signal, ...rest } = checkOptions(options, SHELL)
    const shell = new Shell(sandboxes, id, rest)
    await shell.#start(signal)
    return shell
  }

  run(line, options) {
    checkArgument('line', line, kinds.string)
    if (line.includes('\0')) throw new SandboxError('INVALID_ARGUMENT', 'line must not contain a NUL character', { details: { argument: 'line' } })
    const checked = checkOptions(options, RUN)
    const run = this.#last.then(() => this.#run(line, checked))
    this.#last = run.catch(() => {})
    return run
  }

  async restart() {
    await this.#end()
    await this.#start()
  }

  async close() {
    this.#isClosed = true
    await this.#end()
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #start(signal) {
    const command = ['bash', '-c', DRIVER, 'bash']
    const options = { ...this.#options, control: true, name: this.#options.name ?? 'shell' }
    this.#shell = await callNative(signal, (cancellation) => this.#sandboxes.spawn(this.#id, command, options, cancellation))
  }

  async #end() {
    const shell = this.#shell
    if (!shell) return
    this.#shell = undefined
    await this.#signal(shell, false).catch(() => {})
    shell.close()
  }

  /** Kills what the shell has started, or the shell with it. */
  #signal(shell, descendants) {
    return callNative(undefined, () => this.#sandboxes.signal(this.#id, processInfo(shell.info()).id, signalNumber('SIGKILL'), descendants))
  }

  async #run(line, { timeout = TIMEOUT, outputLimit = OUTPUT_LIMIT, encoding, onStdout, onStderr, signal }) {
    if (this.#isClosed) throw new SandboxError('CLOSED', 'the shell was closed')
    if (signal?.aborted) throw new SandboxError('ABORTED', 'aborted before the command started', { details: { stdout: '', stderr: '' }, cause: signal.reason })
    const isNew = !this.#shell
    if (isNew) await this.#start(signal)
    const shell = this.#shell
    const begun = performance.now()
    const capture = new Capture(outputLimit, isBinary(encoding), { onStdout, onStderr })
    const stop = new Stop(timeout, signal, {
      gently: () => this.#signal(shell, true).catch(() => {}),
      fully: () => this.#signal(shell, false).catch(() => {}),
    })
    try {
      await callNative(undefined, () => shell.write(`${line}\0`)).catch(() => {})
      const reply = await read(shell, capture)
      const ended = reply ? undefined : processResult(await callNative(undefined, () => shell.wait()))
      if (!reply) this.#forget(shell)
      const { truncated, ...output } = capture.finish()
      if (stop.cause === 'abort') throw new SandboxError('ABORTED', 'the command was aborted', { details: output, cause: signal.reason })
      const timedOut = stop.cause === 'timeout'
      return {
        ...output,
        truncated,
        exitCode: timedOut ? 124 : (reply?.exitCode ?? ended.exitCode),
        signal: timedOut ? 'SIGKILL' : (ended?.signal ?? null),
        executionTime: Math.round((performance.now() - begun) * 1000) / 1000,
        timedOut,
        cwd: reply?.cwd ?? null,
        restarted: !reply,
      }
    } catch (error) {
      if (error?.code !== 'ABORTED') this.#forget(shell)
      throw error
    } finally {
      stop.clear()
    }
  }

  /** The next command gets a new shell. */
  #forget(shell) {
    if (this.#shell !== shell) return
    this.#shell = undefined
    this.#signal(shell, false).catch(() => {})
    shell.close()
  }
}

/** Ends a command at its deadline or when it is aborted: first what the shell waits for, then the shell. */
class Stop {
  cause
  #timers = []
  #signal
  #abort

  constructor(timeout, signal, { gently, fully }) {
    const stop = (cause) => {
      if (this.cause) return
      this.cause = cause
      void gently()
      this.#timers.push(setTimeout(fully, PATIENCE))
    }
    if (timeout > 0) this.#timers.push(setTimeout(() => stop('timeout'), timeout))
    this.#signal = signal
    this.#abort = () => stop('abort')
    signal?.addEventListener('abort', this.#abort)
  }

  clear() {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#signal?.removeEventListener('abort', this.#abort)
  }
}

/** Passes on output until the shell has evaluated the command; undefined when the shell ends instead. */
async function read(shell, capture) {
  let message = Buffer.alloc(0)
  for (;;) {
    const pieces = await callNative(undefined, () => shell.next())
    if (pieces.length === 0) return undefined
    for (const { stderr, data, control } of pieces) {
      if (data) await capture.push(stderr, data)
      if (!control) continue
      message = Buffer.concat([message, control])
      const [exitCode, cwd, rest] = message.toString('utf8').split('\0')
      if (rest !== undefined) return { exitCode: Number(exitCode), cwd }
    }
  }
}
