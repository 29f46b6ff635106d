import { randomBytes } from 'node:crypto'
import { SandboxError } from '../errors/sandbox-error.js'

/** The number of the signal that a process in memory ends with, whatever it is sent: a handler cannot be interrupted by another. */
const SIGKILL = 9

/** A process of a sandbox in memory: a handler's answer, with the output that it has written so far. */
export class MemoryProcess {
  #pieces = []
  #offsets = { stdout: 0, stderr: 0 }
  #input = []
  #changed = new Set()
  #ended
  #controller = new AbortController()
  #begun = performance.now()
  #began = Date.now()
  #description

  /** @param run runs its command: receives the input, a stream for its output and a signal; returns the result, as the addon does */
  constructor({ command, name, stdin, detached, pty, control }, pid, run) {
    this.#description = { id: randomBytes(8).toString('hex'), pid, name, command: typeof command === 'string' ? command : command.join(' '), origin: 'spawn', detached: detached ?? false, pty: pty !== undefined, input: Boolean(stdin) || pty !== undefined }
    const stream = { push: (isStderr, data) => this.#write(isStderr ? 'stderr' : 'stdout', data), close() {} }
    const signal = this.#controller.signal
    this.outcome = (control ? this.#converse(run, stream, signal) : this.#run(run, stream, signal, stdin || pty)).then(
      (result) => this.#end(result),
      (error) => this.#end(undefined, error),
    )
  }

  get id() {
    return this.#description.id
  }

  get detached() {
    return this.#description.detached
  }

  get isOver() {
    return this.#ended !== undefined
  }

  info() {
    return { ...this.#description, started: this.#began, result: this.#ended?.result }
  }

  /** Kills it; false when it has ended. */
  signal() {
    if (this.isOver) return false
    this.#controller.abort()
    return true
  }

  /** A handle of it, in the shape of the addon's. */
  handle({ now, stdout, stderr }) {
    const from = now ? { ...this.#offsets } : { stdout: stdout ?? 0, stderr: stderr ?? 0 }
    let next = 0
    let isClosed = false
    const take = () => {
      const pieces = this.#pieces.slice(next).flatMap((piece) => cut(piece, from))
      next = this.#pieces.length
      return pieces
    }
    return {
      info: () => this.info(),
      next: async () => {
        for (;;) {
          if (isClosed) return []
          const pieces = take()
          if (pieces.length > 0 || this.isOver) return pieces
          await this.#change()
        }
      },
      write: async (data) => {
        if (this.isOver || this.#input === undefined) throw new SandboxError('CONFLICT', 'the process has ended, or its standard input is closed', { details: { errno: 'EPIPE' } })
        this.#input.push(Buffer.from(data))
        this.#notify()
      },
      end: async () => this.#endInput(),
      wait: async () => {
        await this.outcome
        if (this.#ended.error) throw this.#ended.error
        return this.#ended.result
      },
      close: () => {
        isClosed = true
        if (!this.detached) this.signal()
        this.#notify()
      },
    }
  }

  async #run(run, stream, signal, hasInput) {
    while (hasInput && this.#ending === undefined && !signal.aborted) await this.#change()
    return run({ stdin: this.#ending ?? '', stream, signal })
  }

  /** Answers one command after the other, each ended by a NUL, as the shell of `Shell` does. It keeps no state. */
  async #converse(run, stream, signal) {
    let text = ''
    for (;;) {
      text += Buffer.concat(this.#input.splice(0)).toString('utf8')
      const end = text.indexOf('\0')
      if (end >= 0) {
        const { exitCode } = await run({ command: text.slice(0, end), stdin: '', stream, signal })
        this.#pieces.push({ stderr: false, offset: 0, control: Buffer.from(`${exitCode}\0/workspace\0`) })
        this.#notify()
        text = text.slice(end + 1)
      } else {
        await this.#change()
        if (signal.aborted) return { exitCode: 128 + SIGKILL, signal: SIGKILL }
      }
    }
  }

  #ending

  #endInput() {
    this.#ending ??= Buffer.concat(this.#input)
    this.#input = undefined
    this.#notify()
  }

  #write(stream, data) {
    this.#pieces.push({ stderr: stream === 'stderr', offset: this.#offsets[stream], data: Buffer.from(data) })
    this.#offsets[stream] += data.length
    this.#notify()
  }

  #end(result, error) {
    const killed = this.#controller.signal.aborted
    if (error && !killed) this.#ended = { error }
    else {
      const { exitCode, signal, timedOut = false, oomKilled = false, limits = [] } = killed ? { exitCode: 128 + SIGKILL, signal: SIGKILL } : result
      const { stdout: stdoutBytes, stderr: stderrBytes } = this.#offsets
      this.#ended = { result: { exitCode, signal, timedOut, oomKilled, limits, outputOpen: false, stdoutBytes, stderrBytes, executionTime: performance.now() - this.#begun } }
    }
    this.#notify()
  }

  #change() {
    return new Promise((resolve) => {
      this.#changed.add(resolve)
      this.#controller.signal.addEventListener('abort', resolve, { once: true })
    })
  }

  #notify() {
    for (const wake of this.#changed) wake()
    this.#changed.clear()
  }
}

/** The part of a piece from an offset on. */
function cut(piece, from) {
  if (piece.control) return [piece]
  const skipped = Math.max(0, from[piece.stderr ? 'stderr' : 'stdout'] - piece.offset)
  return skipped >= piece.data.length ? [] : [{ ...piece, offset: piece.offset + skipped, data: piece.data.subarray(skipped) }]
}
