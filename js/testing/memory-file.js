import { Directory, Failure, fileError } from './file-tree.js'
import { described, metadata } from './metadata.js'

/** An open file in memory. Takes the place of the addon's `NativeFile`. */
export class MemoryFile {
  #sandbox
  #path
  #flags
  #position = 0
  #isClosed = false

  constructor(sandbox, path, flags) {
    this.#sandbox = sandbox
    this.#path = path
    this.#flags = flags
  }

  async read(length, at) {
    return this.#with('read', (content) => {
      if (content instanceof Directory) throw new Failure('EISDIR')
      if (!this.#flags.read) throw new Failure('EBADF')
      const start = at ?? this.#position
      const data = Buffer.from(content.subarray(start, start + length))
      if (at === undefined) this.#position += data.length
      return data
    })
  }

  async write(data, at) {
    return this.#with('write', (content, change) => {
      if (!this.#flags.write) throw new Failure('EBADF')
      const bytes = Buffer.from(data)
      const start = this.#flags.append ? content.length : (at ?? this.#position)
      const next = Buffer.alloc(Math.max(content.length, start + bytes.length))
      content.copy(next)
      bytes.copy(next, start)
      change(next)
      if (at === undefined) this.#position = start + bytes.length
    })
  }

  async stat() {
    return this.#with('examine', (content) => described(content, this.#sandbox.user))
  }

  async truncate(length) {
    return this.#with('truncate', (content, change) => {
      if (!this.#flags.write) throw new Failure('EINVAL')
      const next = Buffer.alloc(length)
      content.copy(next)
      change(next)
    })
  }

  async sync() {
    return this.#with('synchronize', () => {})
  }

  async chmod(mode) {
    return this.#with('change the mode of', (content) => void (metadata(content).permissions = mode))
  }

  async utimes(atimeMs, mtimeMs) {
    return this.#with('set the times of', (content) => void Object.assign(metadata(content), { atimeMs, mtimeMs }))
  }

  async close() {
    this.#isClosed = true
  }

  #with(verb, work) {
    try {
      if (this.#isClosed) throw new Failure('EBADF')
      return work(this.#sandbox.up().look(this.#path), (content) => this.#sandbox.store(this.#path, content))
    } catch (error) {
      throw error instanceof Failure ? fileError(verb, this.#path, error.errno) : error
    }
  }
}
