import { text } from './error.js'

/** The types of files: the type bits of a mode, shifted down by 12. */
const TYPES = { isFIFO: 1, isCharacterDevice: 2, isDirectory: 4, isBlockDevice: 6, isFile: 8, isSymbolicLink: 10, isSocket: 12 }

/** Answers what type a file has. */
class Typed {
  #type

  constructor(type) {
    this.#type = type
  }

  static {
    for (const [name, type] of Object.entries(TYPES)) {
      Object.defineProperty(this.prototype, name, {
        value() {
          return this.#type === type
        },
      })
    }
  }
}

/** What a file is, as in `node:fs`. */
export class Stats extends Typed {
  constructor(native) {
    super((native.mode & 0o170000) >> 12)
    Object.assign(this, native)
  }

  get atime() {
    return new Date(this.atimeMs)
  }

  get mtime() {
    return new Date(this.mtimeMs)
  }

  get ctime() {
    return new Date(this.ctimeMs)
  }

  get birthtime() {
    return new Date(this.birthtimeMs)
  }
}

/** An entry of a directory, as in `node:fs`. */
export class Dirent extends Typed {
  /** @param path the path below `directory`, as text or bytes */
  constructor(directory, path, kind, encode) {
    super(kind)
    const bytes = Buffer.from(path)
    const slash = bytes.lastIndexOf('/')
    const above = bytes.subarray(0, Math.max(slash, 0)).toString()
    this.name = encode(bytes.subarray(slash + 1))
    this.parentPath = above === '' ? text(directory) : `${text(directory).replace(/\/+$/, '')}/${above}`
  }
}

/** A file system, as in `node:fs`. */
export function statFs({ kind, ...rest }) {
  return { type: kind, ...rest }
}
