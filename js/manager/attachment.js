import { callNative } from '../addon/call.js'
import { iterate } from '../addon/streams.js'
import { logEntries } from '../engine/answers.js'
import { invalid } from '../errors/sandbox-error.js'
import { checkArgument, checkOptions, kinds } from '../options/check.js'
import { CALL, TERMINAL_SIZE } from '../options/tables.js'

const MAX_SIZE = 65_535

/** A process with its standard streams. */
export class Attachment {
  #native
  #output
  #signal
  // A signal also ends an attachment that nobody reads.
  #aborted = () => this.close()

  constructor(native, binary, signal) {
    this.#native = native
    this.#signal = signal
    const { items, rest } = logEntries(binary)
    const output = { next: () => native.next(), close: this.#aborted }
    this.#output = iterate(signal, () => output, items, rest)
    signal?.addEventListener('abort', this.#aborted)
  }

  [Symbol.asyncIterator]() {
    return this.#output
  }

  async write(data) {
    checkArgument('data', data, kinds.data)
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    return callNative(undefined, () => this.#native.write(bytes))
  }

  async end() {
    return callNative(undefined, () => this.#native.end())
  }

  async resize(size) {
    const { cols, rows } = checkOptions(size, TERMINAL_SIZE)
    for (const [name, value] of Object.entries({ cols, rows })) {
      if (!(Number.isInteger(value) && value > 0 && value <= MAX_SIZE)) throw invalid(name, `${name} must be a whole number from 1 to ${MAX_SIZE}, not ${value}`)
    }
    return callNative(undefined, () => this.#native.resize(cols, rows))
  }

  async exitCode(options) {
    const { signal } = checkOptions(options, CALL)
    return callNative(signal, (cancellation) => this.#native.exitCode(cancellation))
  }

  close() {
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#native.close()
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    this.close()
  }
}
