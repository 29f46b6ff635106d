import { setTimeout as delay } from 'node:timers/promises'
import { native } from '../addon/load.js'
import { SandboxError } from '../errors/sandbox-error.js'
import { checkArgument, kinds } from '../options/check.js'
import { signalNumber } from '../sandbox/exec.js'

/** The outcome of a command whose deadline has passed. */
const DEADLINE = { timedOut: true }

/** A running command: its output, and the first cause of its end. */
export class Command {
  #terms
  #stream
  #killed = new AbortController()
  #ended = false
  #written = { stdout: [], stderr: [] }

  /**
   * @param terms `timeout`, `killGrace`, `outputLimit`, and `binary` for output as bytes
   * @param stream the addon's `OutputStream` that listeners read, or undefined
   */
  constructor(terms, stream) {
    this.#terms = terms
    this.#stream = stream
  }

  /** Ends the command with an error, unless it has already ended. */
  kill(error) {
    this.#killed.abort(error)
  }

  /**
   * Runs the command to its end.
   *
   * @param aborted the caller's signal, or undefined
   * @param answer receives the signal and the output functions of a handler; returns the outcome
   */
  async run(aborted, answer) {
    const begun = performance.now()
    const signal = AbortSignal.any([this.#killed.signal, ...(aborted ? [aborted] : [])])
    const timer = setTimeout(() => this.kill(DEADLINE), this.#terms.timeout)
    // Without a grace, nothing is heard of a command that was ended.
    if (this.#terms.killGrace === 0) signal.addEventListener('abort', () => (this.#ended = true), { once: true })
    try {
      signal.throwIfAborted()
      const outcome = await this.#outcome(this.#answered(answer, signal), signal)
      const { timedOut = false, oomKilled = false, signal: name = timedOut || oomKilled ? 'SIGKILL' : undefined, exitCode } = outcome
      const number = signalNumber(name)
      return {
        ...this.#output(),
        exitCode: timedOut ? 124 : (exitCode ?? (number ? 128 + number : 0)),
        signal: number,
        executionTime: Math.round((performance.now() - begun) * 1000) / 1000,
        timedOut,
        oomKilled,
        limits: oomKilled ? ['memory'] : [],
        outputOpen: false,
      }
    } catch (error) {
      throw this.#explained(error, signal)
    } finally {
      clearTimeout(timer)
      this.#ended = true
    }
  }

  /** The outcome of a handler, unless something ends it first. At the deadline and after an abort, it has `killGrace` to return its last output. */
  async #outcome(answered, signal) {
    const inTime = answered.then((outcome) => (signal.aborted ? ended(signal) : outcome))
    const end = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })).then(async () => {
      const isAsked = !(signal.reason instanceof SandboxError)
      if (isAsked) await Promise.race([answered.catch(() => {}), delay(this.#terms.killGrace, undefined, { ref: false })])
      return ended(signal)
    })
    return Promise.race([inTime, end])
  }

  async #answered(answer, signal) {
    const stdout = (data) => this.#write('stdout', data)
    const stderr = (data) => this.#write('stderr', data)
    const outcome = await answer({ signal, stdout, stderr })
    if (outcome.stdout !== undefined) await stdout(outcome.stdout)
    if (outcome.stderr !== undefined) await stderr(outcome.stderr)
    return outcome
  }

  async #write(name, data) {
    checkArgument(name, data, kinds.data)
    const bytes = Buffer.from(data)
    if (this.#ended || bytes.length === 0) return
    this.#written[name].push(bytes)
    await this.#stream?.push(name === 'stderr', bytes)
  }

  #output() {
    const { binary, outputLimit } = this.#terms
    const [stdout, stderr] = [Buffer.concat(this.#written.stdout), Buffer.concat(this.#written.stderr)]
    const [out, err] = [native.capture(stdout, outputLimit), native.capture(stderr, outputLimit)]
    return {
      stdout: binary ? out.data : out.data.toString('utf8'),
      stderr: binary ? err.data : err.data.toString('utf8'),
      truncated: out.truncated || err.truncated,
      stdoutBytes: stdout.length,
      stderrBytes: stderr.length,
    }
  }

  /** The error to reject with: the cause of the end, with the output so far, or the handler's own error. */
  #explained(error, signal) {
    if (!signal.aborted) return error instanceof SandboxError ? error : new SandboxError('INTERNAL', `a handler failed: ${error?.message ?? error}`, { cause: error })
    const { code, message, details } = this.#killed.signal.aborted ? error : new SandboxError('ABORTED', 'the command was aborted')
    if (code === 'CLOSED') return error
    const { stdout, stderr, stdoutBytes, stderrBytes } = this.#output()
    return new SandboxError(code, message, { details: { ...details, stdout, stderr, stdoutBytes, stderrBytes } })
  }
}

/** What becomes of a command whose signal was aborted: the outcome of one whose deadline has passed, or an error. */
function ended(signal) {
  if (signal.reason === DEADLINE) return DEADLINE
  throw signal.reason
}
