/**
 * An async iterable whose `return` takes effect at once, even while an item is awaited. That of an async generator waits for the item,
 * and a silent container may never write one.
 */
export class Items {
  #pull
  #close
  #ready = []
  #next = 0
  #ended = false
  #last = Promise.resolve()

  /**
   * @param pull returns a promise of the next items as an array; of undefined at the end
   * @param close ends a pending pull and releases everything; called once
   */
  constructor(pull, close) {
    this.#pull = pull
    this.#close = close
  }

  next() {
    const item = this.#last.then(() => this.#take())
    this.#last = item.catch(() => {})
    return item
  }

  async return(value) {
    this.#end()
    return { done: true, value }
  }

  async throw(error) {
    this.#end()
    throw error
  }

  [Symbol.asyncIterator]() {
    return this
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    this.#end()
  }

  async #take() {
    while (!this.#ended && this.#next === this.#ready.length) await this.#refill()
    if (this.#ended) return { done: true, value: undefined }
    return { done: false, value: this.#ready[this.#next++] }
  }

  async #refill() {
    let batch
    try {
      batch = await this.#pull()
    } catch (error) {
      // An error after the end is that of the pull that it ended.
      if (this.#ended) return
      this.#end()
      throw error
    }
    this.#next = 0
    this.#ready = batch ?? []
    if (batch === undefined) this.#end()
  }

  #end() {
    if (this.#ended) return
    this.#ended = true
    this.#ready = []
    this.#close()
  }
}
