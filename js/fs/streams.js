import { Readable, Writable } from 'node:stream'
import { text } from './error.js'

/** How much is read or written at once, in bytes. */
const PIECE = 128 * 1024

/** Opens the file when the stream is made, and closes it in the end. */
const lifecycle = (open) => {
  let handle
  return {
    construct(done) {
      open().then(
        (opened) => {
          handle = opened
          done()
        },
        (error) => done(error),
      )
    },
    destroy(error, done) {
      if (!handle) return done(error)
      handle.close().then(() => done(error), (failed) => done(error ?? failed))
    },
    handle: () => handle,
  }
}

/** The content of a file as a stream. */
export class ReadStream extends Readable {
  #file
  #position
  #left

  constructor(open, path, { start, end = Infinity, encoding, highWaterMark = PIECE, signal }) {
    const file = lifecycle(open)
    super({ highWaterMark, encoding: encoding === 'buffer' || encoding === null ? undefined : encoding, signal, construct: file.construct, destroy: file.destroy })
    this.#file = file
    this.#position = start
    this.#left = end - (start ?? 0) + 1
    this.path = text(path)
    this.bytesRead = 0
  }

  _read() {
    const length = Math.min(PIECE, this.#left)
    if (length <= 0) return void this.push(null)
    this.#file.handle().read({ buffer: Buffer.allocUnsafe(length), position: this.#position }).then(
      ({ bytesRead, buffer }) => this.#give(buffer.subarray(0, bytesRead)),
      (error) => this.destroy(error),
    )
  }

  #give(data) {
    this.#left -= data.length
    this.bytesRead += data.length
    if (this.#position !== undefined) this.#position += data.length
    this.push(data.length > 0 ? data : null)
  }
}

/** A stream that writes a file. */
export class WriteStream extends Writable {
  #file
  #position

  constructor(open, path, { start, encoding, highWaterMark = PIECE, signal }) {
    const file = lifecycle(open)
    super({ highWaterMark, defaultEncoding: encoding === 'buffer' || encoding === null ? undefined : encoding, signal, construct: file.construct, destroy: file.destroy })
    this.#file = file
    this.#position = start
    this.path = text(path)
    this.bytesWritten = 0
  }

  _write(chunk, _encoding, done) {
    this.#file.handle().write(chunk, { position: this.#position }).then(() => {
      this.bytesWritten += chunk.length
      if (this.#position !== undefined) this.#position += chunk.length
      done()
    }, done)
  }
}
