import { SandboxError } from '../error.js'

/** What the errors of files mean. */
export const MEANING = {
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
  EISDIR: 'Is a directory',
  ELOOP: 'Too many symbolic links encountered',
  ENAMETOOLONG: 'File name too long',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTDIR: 'Not a directory',
  EROFS: 'Read-only file system',
}

const WORKSPACE = '/workspace'

/** The largest file, as in a container. */
const LARGEST = 64 * 1024 * 1024

/** What has gone wrong with a path. */
class Failure extends Error {
  constructor(errno) {
    super(MEANING[errno])
    this.errno = errno
  }
}

/** A directory: names to directories and to files, which are buffers. */
export class Directory extends Map {
  /** @param refusal why nothing can be made in it; undefined when it can */
  constructor(refusal) {
    super()
    this.refusal = refusal
  }

  /** What the files in it take. */
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

/** The files of a container. There are no links: only a command could make one. */
export class FileTree {
  #root

  constructor(root) {
    this.#root = root
  }

  /** @param cwd what a relative path begins at */
  read(path, cwd) {
    return attempt('read', path, () => {
      const found = this.#find(path, cwd)
      if (found instanceof Directory) throw new Failure('EISDIR')
      return Buffer.from(found)
    })
  }

  /** Replaces a file; makes the directories that are missing. */
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

  /** A directory, or the content of a file, as it is. */
  take(path) {
    return attempt('copy', path, () => this.#find(path))
  }

  /** Puts a directory or a content there; makes the directories that are missing, and goes on with one that is there. */
  put(path, found) {
    attempt('copy', path, () => {
      const names = namesOf(path)
      // Of what ends with itself, such as `.`, the name is the last one that leads there.
      const name = names.at(-1) === '..' ? undefined : names.pop()
      const directory = this.#walk(names, (parent, missing) => parent.add(missing, new Directory()))
      if (name === undefined) merge(found, directory)
      else join(found, directory, name)
    })
  }

  /** The errno for which no command can run in a directory; undefined when one can. */
  obstacle(path) {
    try {
      return this.#find(path) instanceof Directory ? undefined : 'ENOTDIR'
    } catch (failure) {
      return failure.errno
    }
  }

  /** Puts a directory there, whoever may write to those above it. */
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

  /** The directory at the end of a way. */
  #walk(names, make = () => undefined) {
    const way = [this.#root]
    for (const name of names) {
      const directory = way.at(-1)
      if (name !== '..') way.push(entered(directory.child(name) ?? make(directory, name)))
      else if (way.length > 1) way.pop()
    }
    return way.at(-1)
  }
}

function join(found, directory, name) {
  const there = directory.child(name)
  if (found instanceof Directory && there instanceof Directory) return merge(found, there)
  if (there instanceof Directory) throw new Failure('EISDIR')
  if (found instanceof Directory && there !== undefined) throw new Failure('ENOTDIR')
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
  return new SandboxError('FILE_TOO_LARGE', `could not write ${path}: it is larger than 64 MiB`, { details })
}

/** Does something; its failure becomes the error that callers know. */
function attempt(verb, path, operation) {
  try {
    return operation()
  } catch (error) {
    throw error instanceof Failure ? fileError(verb, path, error.errno) : error
  }
}

/** The error that callers know. */
export function fileError(verb, path, errno, more) {
  const reason = errno === 'EISDIR' && verb !== 'copy' ? 'it is a directory, not a file' : (MEANING[errno] ?? errno)
  return new SandboxError('FILE_ERROR', `could not ${verb} ${path}: ${reason}`, { details: { errno, path, ...more } })
}
