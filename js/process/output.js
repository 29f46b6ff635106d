import { Readable } from 'node:stream'
import { callNative } from '../addon/call.js'
import { Items } from '../addon/items.js'
import { isBinary } from '../options/check.js'
import { Queue } from './queue.js'
import { Recent } from './recent.js'

/** How much of a stream is read ahead of its reader, in bytes. */
const READ_AHEAD = 256 * 1024

/**
 * The output of a process, handed to those who asked for it. It is read on demand: the slowest of them slows the process down. Nobody
 * needs to ask: once the end or a line of it is waited for, the rest is read and dropped.
 */
export class Output {
  #native
  #isTerminal
  #readers = new Set()
  #streams
  #pumping
  #isDraining = false
  #finish
  /** Settles when everything was handed over. */
  finished = new Promise((resolve) => {
    this.#finish = resolve
  })
  /** The last output, for those who look for a line of it. */
  recent = new Recent()

  constructor(native, isTerminal) {
    this.#native = native
    this.#isTerminal = isTerminal
  }

  get stdout() {
    return this.#open().stdout
  }

  get stderr() {
    return this.#open().stderr
  }

  /** Reads on even if nobody takes the output. */
  drain() {
    this.#isDraining = true
    this.#pump()
  }

  /** Adds a reader with the methods `push`, which may return a promise, and `end`. Returns a function that removes it. */
  read(reader) {
    this.#readers.add(reader)
    this.#pump()
    return () => this.#readers.delete(reader)
  }

  /** The pieces from now on as an async iterable. */
  iterate(encoding, signal) {
    const decoders = isBinary(encoding) ? undefined : { stdout: new TextDecoder('utf-8', { ignoreBOM: true }), stderr: new TextDecoder('utf-8', { ignoreBOM: true }) }
    const queue = new Queue()
    const forget = this.read(queue)
    const stop = () => queue.fail(signal)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    const ends = { stdout: 0, stderr: 0 }
    const shown = (piece) => {
      ends[piece.stream] = piece.offset + (piece.data?.length ?? piece.gap)
      return decoders && piece.data ? { ...piece, data: decoders[piece.stream].decode(piece.data, { stream: true }) } : piece
    }
    // Half a character at the end.
    let isFlushed = false
    const flush = () => {
      if (isFlushed || !decoders) return undefined
      isFlushed = true
      const left = Object.entries(decoders).map(([stream, decoder]) => ({ stream, offset: ends[stream], data: decoder.decode() }))
      return left.filter(({ data }) => data.length > 0)
    }
    return new Items(
      async () => (await queue.take())?.map(shown) ?? flush(),
      () => {
        forget()
        queue.end()
        signal?.removeEventListener('abort', stop)
      },
    )
  }

  /** Ends all readers. */
  close() {
    this.#end()
  }

  #open() {
    this.#streams ??= this.#makeStreams()
    return this.#streams
  }

  #makeStreams() {
    const stdout = new Source()
    const stderr = this.#isTerminal ? undefined : new Source()
    this.read({
      push: ({ stream, data }) => (data ? (stream === 'stdout' ? stdout : stderr)?.give(data) : undefined),
      end: () => [stdout, stderr].forEach((source) => source?.end()),
    })
    return { stdout, stderr: stderr ?? null }
  }

  async #pump() {
    if (this.#pumping) return
    this.#pumping = true
    try {
      while (this.#isDraining || this.#readers.size > 0) {
        const pieces = await callNative(undefined, () => this.#native.next())
        if (pieces.length === 0) return this.#end()
        for (const { stderr, offset, data, gap } of pieces) await this.#hand({ stream: stderr ? 'stderr' : 'stdout', offset, ...(data ? { data } : { gap }) })
      }
    } catch {
      // The end of the process reports what happened.
      this.#end()
    } finally {
      this.#pumping = false
    }
  }

  async #hand(piece) {
    this.recent.push(piece)
    for (const reader of this.#readers) await reader.push(piece)
  }

  #end() {
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
    this.#finish()
  }
}

/** A readable stream that says when it has room. */
class Source extends Readable {
  #room
  #isEnded = false

  constructor() {
    super({ highWaterMark: READ_AHEAD })
  }

  /** Adds data; resolves when there is room for more, or nobody reads any more. */
  give(data) {
    if (this.destroyed || this.#isEnded || this.push(data)) return undefined
    return new Promise((resolve) => {
      this.#room = resolve
    })
  }

  /** Nothing more comes. */
  end() {
    if (this.#isEnded) return
    this.#isEnded = true
    this.push(null)
    this._read()
  }

  _read() {
    this.#room?.()
    this.#room = undefined
  }

  _destroy(error, done) {
    this._read()
    done(error)
  }
}
