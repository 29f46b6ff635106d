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

/** How much a shell may write to its channel at once, in bytes: an exit code and a path. */
const LONGEST_REPLY = 8192

/** Shells that are open: one that nobody refers to must not be collected, and killed. */
const open = new Set()

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
  /** Output that came after the end of the command before. */
  #left = []

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
    open.add(shell)
    return shell
  }

  async run(line, options) {
    checkArgument('line', line, kinds.string)
    if (line.includes('\0')) throw new SandboxError('INVALID_ARGUMENT', 'line must not contain a NUL character', { details: { argument: 'line' } })
    const checked = checkOptions(options, RUN)
    return this.#inTurn(() => this.#run(line, checked))
  }

  async restart() {
    return this.#inTurn(async () => {
      if (this.#isClosed) throw closed()
      await this.#end()
      await this.#start()
    })
  }

  async close() {
    if (this.#isClosed) return
    this.#isClosed = true
    open.delete(this)
    // Ends a command under way, and then a shell that was being started meanwhile.
    await this.#end()
    await this.#inTurn(() => this.#end())
  }

  #inTurn(work) {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  async #start(signal) {
    const command = ['bash', '-c', DRIVER, 'bash']
    const options = { ...this.#options, control: true, name: this.#options.name ?? 'shell' }
    this.#left = []
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
    if (this.#isClosed) throw closed()
    if (signal?.aborted) throw new SandboxError('ABORTED', 'aborted before the command started', { details: { stdout: '', stderr: '' }, cause: signal.reason })
    if (!this.#shell) await this.#start(signal)
    if (this.#isClosed) throw closed()
    const shell = this.#shell
    const begun = performance.now()
    const capture = new Capture(outputLimit, isBinary(encoding), { onStdout, onStderr })
    const stop = new Stop(timeout, signal, {
      gently: () => this.#signal(shell, true).catch(() => {}),
      fully: () => this.#signal(shell, false).catch(() => {}),
    })
    try {
      await callNative(undefined, () => shell.write(`${line}\0`)).catch(() => {})
      const reply = await this.#read(shell, capture)
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
      if (stop.cause !== 'abort') this.#forget(shell)
      throw error
    } finally {
      await stop.clear()
    }
  }

  /** Passes on output until the shell has evaluated the command; undefined when the shell ends instead, or writes something else to its channel. */
  async #read(shell, capture) {
    let message = Buffer.alloc(0)
    for (;;) {
      const pieces = this.#left.length > 0 ? this.#left : await callNative(undefined, () => shell.next())
      this.#left = []
      if (pieces.length === 0) return undefined
      for (const [index, { stderr, data, control }] of pieces.entries()) {
        if (data) await capture.push(stderr, data)
        if (!control) continue
        message = Buffer.concat([message, control])
        const reply = parse(message)
        if (reply === undefined) continue
        if (reply === null) {
          await this.#signal(shell, false).catch(() => {})
          // Its end comes after its output.
          while ((await callNative(undefined, () => shell.next())).length > 0);
          return undefined
        }
        // Of background jobs, for the next command.
        this.#left = pieces.slice(index + 1)
        return reply
      }
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
  #pending
  #signal
  #abort

  constructor(timeout, signal, { gently, fully }) {
    const stop = (cause) => {
      if (this.cause) return
      this.cause = cause
      this.#pending = gently()
      this.#timers.push(setTimeout(fully, PATIENCE))
    }
    if (timeout > 0) this.#timers.push(setTimeout(() => stop('timeout'), timeout))
    this.#signal = signal
    this.#abort = () => stop('abort')
    signal?.addEventListener('abort', this.#abort)
  }

  /** Afterwards, nothing is signalled any more: it would hit the next command. */
  async clear() {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#signal?.removeEventListener('abort', this.#abort)
    await this.#pending
  }
}

function closed() {
  return new SandboxError('CLOSED', 'the shell was closed')
}

/** The exit code and the directory in what a shell has written to its channel; undefined if it is not complete, null if it is neither. */
function parse(message) {
  const [code, cwd, rest] = message.toString('utf8').split('\0')
  if (rest === undefined) return message.length > LONGEST_REPLY ? null : undefined
  return /^\d{1,3}$/.test(code) && Number(code) < 256 && rest === '' ? { exitCode: Number(code), cwd: cwd || null } : null
}
