import { SandboxError } from '../errors/sandbox-error.js'

/** How many pieces wait for their reader before the process does. */
const LIMIT = 16

/** Pieces of output on their way to one reader. */
export class Queue {
  #pieces = []
  #isEnded = false
  #error
  #wake = () => {}
  #room = () => {}

  /** Adds a piece; resolves when there is room for more. */
  push(piece) {
    this.#pieces.push(piece)
    this.#wake()
    if (this.#pieces.length < LIMIT || this.#isEnded) return undefined
    return new Promise((resolve) => {
      this.#room = resolve
    })
  }

  end() {
    this.#isEnded = true
    this.#wake()
    this.#room()
  }

  /** Ends it with the error of an aborted signal. */
  fail(signal) {
    this.#error = new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason })
    this.end()
  }

  /** The pieces that are there, at least one; undefined at the end. */
  async take() {
    while (this.#pieces.length === 0 && !this.#isEnded) {
      await new Promise((resolve) => {
        this.#wake = resolve
      })
    }
    if (this.#error) throw this.#error
    const pieces = this.#pieces
    this.#pieces = []
    this.#room()
    return pieces.length > 0 ? pieces : undefined
  }
}
