import { callNative } from '../addon/call.js'
import { checkArgument } from '../options/check.js'
import { FS_READ_FILE, FS_READ_STREAM, FS_WRITE_FILE, FS_WRITE_STREAM, fsKinds } from '../options/fs-tables.js'
import { bytesOf, encoder, encodingOptions, modeOf, momentOf } from './arguments.js'
import { asNode } from './error.js'
import { Stats } from './stats.js'
import { ReadStream, WriteStream } from './streams.js'

/** The most bytes that one message carries. */
export const PIECE = 128 * 1024

/** A file that is open in a sandbox, as in `node:fs/promises`. */
export class FsFileHandle {
  #native
  #path

  constructor(native, path) {
    this.#native = native
    this.#path = path
  }

  async read(buffer, offset, length, position) {
    const given = buffer instanceof Uint8Array ? (typeof offset === 'object' && offset !== null ? { buffer, ...offset } : { buffer, offset, length, position }) : { ...buffer }
    const target = given.buffer ?? Buffer.alloc(16_384)
    checkArgument('buffer', target, fsKinds.bytes)
    const start = given.offset ?? 0
    const room = Math.min(given.length ?? target.byteLength - start, target.byteLength - start, PIECE)
    const data = await this.#do('read', (native) => native.read(Math.max(room, 0), positionOf(given.position)))
    target.set(data, start)
    return { bytesRead: data.length, buffer: target }
  }

  async write(data, ...rest) {
    if (typeof data === 'string') {
      const [position, encoding] = rest
      const bytes = Buffer.from(data, encoding ?? 'utf8')
      await this.#do('write', (native) => native.write(bytes, positionOf(position)))
      return { bytesWritten: bytes.length, buffer: data }
    }
    checkArgument('buffer', data, fsKinds.bytes)
    const { offset, length, position } = typeof rest[0] === 'object' && rest[0] !== null ? rest[0] : { offset: rest[0], length: rest[1], position: rest[2] }
    const start = offset ?? 0
    const bytes = data.subarray(start, start + (length ?? data.byteLength - start))
    await this.#do('write', (native) => native.write(bytes, positionOf(position)))
    return { bytesWritten: bytes.length, buffer: data }
  }

  /** Reads from where the last read ended to the end of the file. */
  async readFile(options) {
    const { encoding } = encodingOptions(options, FS_READ_FILE)
    const parts = []
    for (;;) {
      const part = await this.#do('read', (native) => native.read(PIECE))
      if (part.length === 0) return encoder(encoding)(Buffer.concat(parts))
      parts.push(part)
    }
  }

  async writeFile(data, options) {
    checkArgument('data', data, fsKinds.content)
    const { encoding } = encodingOptions(options, FS_WRITE_FILE)
    const whole = typeof data === 'string' || ArrayBuffer.isView(data) ? [data] : data
    for await (const part of whole) {
      const bytes = bytesOf(part, encoding)
      await this.#do('write', (native) => native.write(bytes))
    }
  }

  appendFile(data, options) {
    return this.writeFile(data, options)
  }

  async stat() {
    return new Stats(await this.#do('fstat', (native) => native.stat()))
  }

  async truncate(length = 0) {
    await this.#do('ftruncate', (native) => native.truncate(Math.max(0, length)))
  }

  async sync() {
    await this.#do('fsync', (native) => native.sync())
  }

  datasync() {
    return this.sync()
  }

  async chmod(mode) {
    const bits = modeOf(mode)
    await this.#do('fchmod', (native) => native.chmod(bits))
  }

  async utimes(atime, mtime) {
    const times = [momentOf(atime, 'atime'), momentOf(mtime, 'mtime')]
    await this.#do('futime', (native) => native.utimes(...times))
  }

  createReadStream(options) {
    return new ReadStream(async () => this, this.#path, encodingOptions(options, FS_READ_STREAM))
  }

  createWriteStream(options) {
    return new WriteStream(async () => this, this.#path, encodingOptions(options, FS_WRITE_STREAM))
  }

  async close() {
    await callNative(undefined, () => this.#native.close())
  }

  async [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]() {
    await this.close()
  }

  #do(syscall, call) {
    return asNode(syscall, undefined, undefined, () => callNative(undefined, () => call(this.#native)))
  }
}

/** A position for the addon. As in `node:fs`, null and -1 mean: where the last read or write ended. */
function positionOf(position) {
  if (position === undefined || position === null || position === -1) return undefined
  return Number(position)
}
