import { Duplex } from 'node:stream'
import { callNative } from '../addon/call.js'

/** A connection of the addon as a stream, like a socket of node:net. */
export class Connection extends Duplex {
  #native

  constructor(native) {
    // As for a socket of node:net: the end of what the server sends ends what is sent to it, too.
    super({ allowHalfOpen: false })
    this.#native = native
  }

  _read() {
    callNative(undefined, () => this.#native.next()).then(
      (data) => this.push(data.length > 0 ? data : null),
      (error) => this.destroy(error),
    )
  }

  _write(chunk, _encoding, done) {
    callNative(undefined, () => this.#native.write(chunk)).then(() => done(), done)
  }

  _final(done) {
    callNative(undefined, () => this.#native.end()).then(() => done(), done)
  }

  _destroy(error, done) {
    this.#native.close()
    done(error)
  }

  // What node:http expects of a socket. Data is never held back, and the sandbox's kernel keeps connections alive.
  setNoDelay() {
    return this
  }

  setKeepAlive() {
    return this
  }

  setTimeout() {
    return this
  }

  ref() {
    return this
  }

  unref() {
    return this
  }
}
