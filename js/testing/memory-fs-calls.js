import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { Directory, Failure } from './file-tree.js'
import { described, metadata } from './metadata.js'

/** What takes one message in a container, by the names in `node:fs`. Each gets the sandbox and the arguments. */
export const CALLS = {
  access(sandbox, { path: file, mode }) {
    const granted = metadata(sandbox.up().look(file)).permissions >> 6
    if ((granted & mode) !== mode) throw new Failure('EACCES')
  },

  chmod(sandbox, { path: file, mode }) {
    metadata(sandbox.up().look(file)).permissions = mode
  },

  copyFile(sandbox, { path: file, dest, exclusive }) {
    const content = sandbox.up().look(file)
    if (content instanceof Directory) throw new Failure('EISDIR')
    const { directory, name, existing } = sandbox.up().place(dest)
    if (exclusive && existing !== undefined) throw new Failure('EEXIST')
    if (existing instanceof Directory) throw new Failure('EISDIR')
    copy(content, directory, name)
  },

  cp(sandbox, { path: file, dest, recursive, force, errorOnExist }) {
    const source = sandbox.up().look(file)
    if (source instanceof Directory) {
      if (!recursive) throw new Failure('EISDIR')
      if (`${resolved(dest)}/`.startsWith(`${resolved(file)}/`)) throw new Failure('EINVAL')
    }
    makeDirectories(sandbox.up(), path.posix.dirname(resolved(dest)))
    const { directory, name } = sandbox.up().place(dest)
    merge(source, directory, name, { force, errorOnExist })
  },

  lstat: (sandbox, { path: file }) => ({ stat: described(sandbox.up().look(file), sandbox.user) }),
  stat: (sandbox, { path: file }) => ({ stat: described(sandbox.up().look(file), sandbox.user) }),

  mkdir(sandbox, { path: file, recursive, mode }) {
    if (recursive) {
      const first = makeDirectories(sandbox.up(), resolved(file), mode)
      return { path: first && Buffer.from(first) }
    }
    if (resolved(file) === '/') throw new Failure('EEXIST')
    const { directory, name, existing } = sandbox.up().place(file)
    if (existing !== undefined) throw new Failure('EEXIST')
    makeDirectory(directory, name, mode)
  },

  mkdtemp(sandbox, { path: prefix }) {
    const made = `${prefix}${randomBytes(6).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 6)}`
    const { directory, name } = sandbox.up().place(made)
    makeDirectory(directory, name, 0o700)
    return { path: Buffer.from(made) }
  },

  readlink(sandbox, { path: file }) {
    sandbox.up().look(file)
    throw new Failure('EINVAL')
  },

  realpath(sandbox, { path: file }) {
    sandbox.up().look(file)
    return { path: Buffer.from(resolved(file)) }
  },

  rename(sandbox, { path: file, dest }) {
    const from = sandbox.up().place(file)
    if (from.existing === undefined) throw new Failure('ENOENT')
    const to = sandbox.up().place(dest)
    if (to.existing instanceof Directory && !(from.existing instanceof Directory)) throw new Failure('EISDIR')
    if (to.existing instanceof Directory && to.existing.size > 0) throw new Failure('ENOTEMPTY')
    if (from.existing instanceof Directory && to.existing !== undefined && !(to.existing instanceof Directory)) throw new Failure('ENOTDIR')
    if (from.existing instanceof Directory && `${resolved(dest)}/`.startsWith(`${resolved(file)}/`)) throw new Failure('EINVAL')
    to.directory.add(to.name, from.existing)
    remove(from)
  },

  rm(sandbox, { path: file, recursive, force }) {
    const place = placeOrNothing(sandbox, file, force)
    if (place === undefined) return
    if (place.existing instanceof Directory && !recursive) throw new Failure('EISDIR')
    remove(place)
  },

  rmdir(sandbox, { path: file }) {
    const place = sandbox.up().place(file)
    if (place.existing === undefined) throw new Failure('ENOENT')
    if (!(place.existing instanceof Directory)) throw new Failure('ENOTDIR')
    if (place.existing.size > 0) throw new Failure('ENOTEMPTY')
    remove(place)
  },

  statfs(sandbox, { path: file }) {
    sandbox.up().look(file)
    const { limit, used = 0 } = sandbox.disk()
    const blocks = Math.ceil((limit ?? 0) / 4096)
    const free = Math.max(0, blocks - Math.ceil(used / 4096))
    return { space: { kind: 0x0102_1994, bsize: 4096, blocks, bfree: free, bavail: free, files: 0, ffree: 0 } }
  },

  symlink() {
    throw new Failure('EOPNOTSUPP')
  },

  truncate(sandbox, { path: file, length }) {
    const content = sandbox.up().look(file)
    if (content instanceof Directory) throw new Failure('EISDIR')
    const next = Buffer.alloc(length)
    content.copy(next)
    sandbox.store(file, next)
  },

  unlink(sandbox, { path: file }) {
    const place = sandbox.up().place(file)
    if (place.existing === undefined) throw new Failure('ENOENT')
    if (place.existing instanceof Directory) throw new Failure('EISDIR')
    remove(place)
  },

  utimes(sandbox, { path: file, atime, mtime }) {
    Object.assign(metadata(sandbox.up().look(file)), { atimeMs: atime, mtimeMs: mtime })
  },
}

function resolved(file) {
  return path.posix.resolve('/workspace', file)
}

function makeDirectory(parent, name, mode) {
  const made = parent.add(name, new Directory())
  metadata(made).permissions = mode & ~0o022
  return made
}

/** Makes what is missing of an absolute path. Returns the first that was. */
function makeDirectories(files, directory, mode = 0o755) {
  let first
  for (let at = '/', names = directory.split('/').filter(Boolean); names.length > 0; ) {
    at = path.posix.join(at, names.shift())
    const { directory: parent, name, existing } = files.place(at)
    if (existing === undefined) {
      makeDirectory(parent, name, mode)
      first ??= at
    } else if (!(existing instanceof Directory)) throw new Failure(names.length > 0 ? 'ENOTDIR' : 'EEXIST')
  }
  return first
}

function remove({ directory, name, existing }) {
  if (existing === undefined) throw new Failure('ENOENT')
  if (directory.refusal) throw new Failure(directory.refusal)
  directory.delete(name)
}

function placeOrNothing(sandbox, file, force) {
  try {
    const place = sandbox.up().place(file)
    if (place.existing === undefined) throw new Failure('ENOENT')
    return place
  } catch (error) {
    if (force && error instanceof Failure && error.errno === 'ENOENT') return undefined
    throw error
  }
}

function copy(content, directory, name) {
  const made = directory.add(name, Buffer.from(content))
  metadata(made).permissions = metadata(content).permissions
}

function merge(source, directory, name, options) {
  const existing = directory.child(name)
  if (source instanceof Directory) {
    if (existing !== undefined && !(existing instanceof Directory)) throw new Failure('EEXIST')
    const target = existing ?? makeDirectory(directory, name, metadata(source).permissions)
    for (const [child, node] of source) merge(node, target, child, options)
    return
  }
  if (existing instanceof Directory) throw new Failure('EISDIR')
  if (existing !== undefined && !options.force) {
    if (options.errorOnExist) throw new Failure('EEXIST')
    return
  }
  copy(source, directory, name)
}
