import { native } from '../addon/load.js'
import { fromNative } from '../errors/sandbox-error.js'

/** The output of one command of a shell: passed to listeners, and kept up to a limit. */
export class Capture {
  #binary
  #streams

  constructor(limit, binary, { onStdout, onStderr }) {
    this.#binary = binary
    const stream = (listener) => ({ kept: keeper(limit), listener, decoder: binary ? undefined : new TextDecoder('utf-8', { ignoreBOM: true }) })
    this.#streams = { stdout: stream(onStdout), stderr: stream(onStderr) }
  }

  /** Adds a piece; resolves when its listener has dealt with it. */
  async push(isStderr, data) {
    const { kept, listener, decoder } = this.#streams[isStderr ? 'stderr' : 'stdout']
    kept.push(data)
    if (!listener) return
    const shown = decoder ? decoder.decode(data, { stream: true }) : data
    if (shown.length > 0) await listener(shown)
  }

  /** The parts of a result that have to do with output. */
  finish() {
    const [out, err] = [this.#streams.stdout.kept.finish(), this.#streams.stderr.kept.finish()]
    const shown = ({ data }) => (this.#binary ? data : data.toString('utf8'))
    return { stdout: shown(out), stderr: shown(err), truncated: out.truncated || err.truncated, stdoutBytes: out.total, stderrBytes: err.total }
  }
}

function keeper(limit) {
  try {
    return new native.OutputCapture(limit)
  } catch (error) {
    throw fromNative(error)
  }
}
