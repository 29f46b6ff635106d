import { defaults } from '../addon/load.js'
import { SandboxError } from '../errors/sandbox-error.js'

/** Messages of file errors. */
export const MEANING = {
  EACCES: 'Permission denied',
  EBADF: 'Bad file number',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many symbolic links encountered',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  ENOTEMPTY: 'Directory not empty',
  EOPNOTSUPP: 'Operation not supported',
  EROFS: 'Read-only file system',
}

const WORKSPACE = '/workspace'

/** The largest file in bytes, as in a container. */
const LARGEST = defaults.maxFile

/** A failed operation on a path. */
export class Failure extends Error {
  constructor(errno) {
    super(MEANING[errno])
    this.errno = errno
  }
}

/** A directory: names to directories, or to buffers for files. */
export class Directory extends Map {
  /** @param refusal the errno of writes to this directory; undefined if it is writable */
  constructor(refusal) {
    super()
    this.refusal = refusal
  }

  /** Total size of the files in it. */
  get bytes() {
    return [...this.values()].reduce((sum, child) => sum + (child instanceof Directory ? child.bytes : child.length), 0)
  }

  child(name) {
    if (Buffer.byteLength(name) > 255) throw new Failure('ENAMETOOLONG')
    return this.get(name)
  }

  add(name, child) {
    if (this.refusal) throw new Failure(this.refusal)
    this.set(name, child)
    return child
  }
}

/** The files of a container. There are no links: only a real command could create one. */
export class FileTree {
  #root

  constructor(root) {
    this.#root = root
  }

  /** @param cwd the start of a relative path */
  read(path, cwd) {
    return attempt('read', path, () => {
      const found = this.#find(path, cwd)
      if (found instanceof Directory) throw new Failure('EISDIR')
      return Buffer.from(found)
    })
  }

  /** Replaces a file; creates missing parent directories. */
  write(path, content) {
    attempt('write', path, () => {
      if (content.length > LARGEST) throw tooLarge(path, content.length)
      if (isDirectory(path)) throw new Failure('EISDIR')
      const names = namesOf(path)
      const name = names.pop()
      const directory = this.#walk(names, (parent, missing) => parent.add(missing, new Directory()))
      if (directory.child(name) instanceof Directory) throw new Failure('EISDIR')
      directory.add(name, content)
    })
  }

  /** A directory, or the content of a file, without a copy. */
  take(path) {
    return attempt('copy', path, () => this.#find(path))
  }

  /** Writes a directory or a file; creates missing parent directories, and merges into an existing directory. */
  put(path, found) {
    attempt('copy', path, () => {
      const names = namesOf(path)
      // A path such as `.` or `a/.` is named by its last component; one that ends in `..` has no name.
      const name = names.at(-1) === '..' ? undefined : names.pop()
      const directory = this.#walk(names, (parent, missing) => parent.add(missing, new Directory()))
      if (name === undefined) merge(found, directory)
      else join(found, directory, name)
    })
  }

  /** What is at a path. Throws a `Failure`. */
  look(path) {
    return this.#find(path)
  }

  /** What is at a path; undefined if nothing is. */
  existing(path) {
    try {
      return this.#find(path)
    } catch (error) {
      if (error instanceof Failure && error.errno === 'ENOENT') return undefined
      throw error
    }
  }

  /** The directory of a path, and the name in it. Throws a `Failure`. */
  place(path) {
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined || name === '..') throw new Failure('EBUSY')
    const directory = this.#walk(names)
    return { directory, name, existing: directory.child(name) }
  }

  /** Why no command can run in a directory, as an errno; undefined if it can. */
  obstacle(path) {
    try {
      return this.#find(path) instanceof Directory ? undefined : 'ENOTDIR'
    } catch (failure) {
      return failure.errno
    }
  }

  /** Mounts a directory, even below directories that are not writable. */
  mount(path, directory) {
    const names = namesOf(path)
    const name = names.pop()
    const make = (parent, missing) => parent.set(missing, new Directory(parent.refusal)).get(missing)
    this.#walk(names, make).set(name, directory)
  }

  #find(path, cwd) {
    const names = namesOf(path, cwd)
    const name = isDirectory(path) ? '.' : names.pop()
    const directory = this.#walk(names)
    const found = name === '.' ? directory : directory.child(name)
    if (found === undefined) throw new Failure('ENOENT')
    return found
  }

  /** The directory that names lead to, starting at the root. */
  #walk(names, make = () => undefined) {
    const path = [this.#root]
    for (const name of names) {
      const directory = path.at(-1)
      if (name !== '..') path.push(entered(directory.child(name) ?? make(directory, name)))
      else if (path.length > 1) path.pop()
    }
    return path.at(-1)
  }
}

function join(found, directory, name) {
  const existing = directory.child(name)
  if (found instanceof Directory && existing instanceof Directory) return merge(found, existing)
  if (existing instanceof Directory) throw new Failure('EISDIR')
  if (found instanceof Directory && existing !== undefined) throw new Failure('ENOTDIR')
  directory.add(name, found)
}

function merge(found, directory) {
  if (!(found instanceof Directory)) throw new Failure('EISDIR')
  for (const [name, child] of found) join(child, directory, name)
}

function entered(found) {
  if (found === undefined) throw new Failure('ENOENT')
  if (!(found instanceof Directory)) throw new Failure('ENOTDIR')
  return found
}

function namesOf(path, cwd = WORKSPACE) {
  const absolute = path.startsWith('/') ? path : `${cwd}/${path}`
  return absolute.split('/').filter((name) => name !== '' && name !== '.')
}

/** Whether a path can only mean a directory. */
function isDirectory(path) {
  return /(^|\/)\.{0,2}$/.test(path)
}

function tooLarge(path, size) {
  const details = { path, size, limit: LARGEST }
  return new SandboxError('FILE_TOO_LARGE', `could not write ${path}: it is larger than ${LARGEST / 2 ** 20} MiB`, { details })
}

/** Runs an operation; converts its failure to a `SandboxError`. */
function attempt(verb, path, operation) {
  try {
    return operation()
  } catch (error) {
    throw error instanceof Failure ? fileError(verb, path, error.errno) : error
  }
}

/** The `SandboxError` for a failed file operation. */
export function fileError(verb, path, errno, more) {
  const reason = errno === 'EISDIR' && verb !== 'copy' ? 'it is a directory, not a regular file' : (MEANING[errno] ?? errno)
  return new SandboxError('FILE_ERROR', `could not ${verb} ${path}: ${reason}`, { details: { errno, path, ...more } })
}
