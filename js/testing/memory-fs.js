import { createHash } from 'node:crypto'
import path from 'node:path'
import { SandboxError } from '../errors/sandbox-error.js'
import { Directory, Failure, fileError } from './file-tree.js'
import { CALLS } from './memory-fs-calls.js'
import { MemoryFile } from './memory-file.js'
import { glob, grep } from './memory-search.js'
import { metadata } from './metadata.js'

/** The file system of a sandbox in memory. Takes the place of the addon's `NativeFs`. There are no links. */
export class MemoryFs {
  #sandbox

  /** @param sandbox gives the sandbox, or rejects */
  constructor(sandbox) {
    this.#sandbox = sandbox
  }

  async call({ op, ...call }, cancellation) {
    return this.#with(op, text(call.path), cancellation, (sandbox) => CALLS[op](sandbox, { ...call, path: text(call.path), dest: call.dest && text(call.dest) }) ?? {}, call.dest && text(call.dest))
  }

  async read(file, cancellation) {
    return this.#with('read', text(file), cancellation, (sandbox) => sandbox.up().read(text(file)))
  }

  async write(file, cancellation) {
    return this.#with('write', text(file.path), cancellation, (sandbox) => put(sandbox, file))
  }

  async writeAll(files, cancellation) {
    for (const [written, file] of files.entries()) {
      try {
        await this.write(file, cancellation)
      } catch (error) {
        throw new SandboxError(error.code, error.message, { hint: error.hint, details: { ...error.details, written } })
      }
    }
  }

  async open({ path: given, mode, ...flags }, cancellation) {
    const file = text(given)
    return this.#with('open', file, cancellation, (sandbox) => {
      const existing = sandbox.up().existing(file)
      if (existing && flags.create && flags.exclusive) throw new Failure('EEXIST')
      if (existing instanceof Directory && flags.write) throw new Failure('EISDIR')
      if (!existing && !flags.create) throw new Failure('ENOENT')
      if (!existing || flags.truncate) put(sandbox, { path: file, data: '', mode: mode & ~0o022, exactly: false, parents: false })
      return new MemoryFile(sandbox, file, flags)
    })
  }

  async writeThrough(open, data, cancellation) {
    const file = await this.open(open, cancellation)
    await file.write(data)
  }

  async names(given, recursive, cancellation) {
    return this.#with('list', text(given), cancellation, (sandbox) => {
      const directory = sandbox.up().look(text(given))
      if (!(directory instanceof Directory)) throw new Failure('ENOTDIR')
      return [...listed(directory, recursive)].toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    })
  }

  async lines(given, start, end = Infinity, cancellation = undefined) {
    const content = await this.read(given, cancellation)
    const lines = content.toString('latin1').split(/(?<=\n)/)
    const total = content.length === 0 ? 0 : lines.length
    return { data: Buffer.from(lines.slice(start - 1, end).join(''), 'latin1'), total }
  }

  async glob(request, cancellation) {
    return this.#with('search', text(request.cwd), cancellation, (sandbox) => glob(sandbox, request))
  }

  async grep(request, cancellation) {
    return this.#with('search', text(request.path), cancellation, (sandbox) => grep(sandbox, request))
  }

  /** Nothing but calls changes files in memory: who tests knows of each. */
  async watch(file, _recursive, cancellation) {
    return this.#with('watch', text(file), cancellation, () => {
      throw new Failure('EOPNOTSUPP')
    })
  }

  async edit({ path: given, oldText, newText, all, mtimeMs, sha256 }, cancellation) {
    const file = text(given)
    const before = await this.read(given, cancellation)
    return this.#with('edit', file, cancellation, (sandbox) => {
      const node = sandbox.up().look(file)
      const refused = (why, details) => new SandboxError('CONFLICT', `could not edit ${file}: ${why}`, { details: { ...details, path: file } })
      const isExpected = (mtimeMs === undefined || mtimeMs === metadata(node).mtimeMs) && (sha256 === undefined || sha256.toLowerCase() === createHash('sha256').update(before).digest('hex'))
      if (!isExpected) throw refused('it is not the file that was expected', { changed: true })
      const [old, next] = [oldText, newText].map((one) => Buffer.from(one).toString('latin1'))
      if (old === '') throw new SandboxError('INVALID_ARGUMENT', 'oldText must not be empty', { details: { argument: 'oldText' } })
      const parts = before.toString('latin1').split(old)
      const matches = parts.length - 1
      if (matches === 0 || (matches > 1 && !all)) throw refused(`the old text is in it ${matches} times`, { matches })
      sandbox.store(file, Buffer.from(parts.join(next), 'latin1'))
      return matches
    })
  }

  async #with(verb, file, cancellation, work, dest = undefined) {
    if (file.length === 0 || file.includes('\0')) throw new SandboxError('INVALID_ARGUMENT', 'path must be 1 to 4095 bytes long and must not contain NUL', { details: { argument: 'path' } })
    const sandbox = await this.#sandbox(cancellation)
    try {
      return work(sandbox)
    } catch (error) {
      throw error instanceof Failure ? fileError(verb, file, error.errno, dest && { dest }) : error
    }
  }
}

/** A path as text: names in memory are text. */
function text(given) {
  return typeof given === 'string' ? given : Buffer.from(given).toString()
}

function put(sandbox, { path: given, data, mode, exactly, parents }) {
  const file = text(given)
  if (!parents) sandbox.up().look(path.posix.join(file, '..'))
  const existing = sandbox.up().existing(file)
  sandbox.store(file, Buffer.from(data), mode & 0o777)
  if (exactly || !existing) metadata(sandbox.up().look(file)).permissions = mode & 0o777
}

function* listed(directory, recursive, above = '') {
  for (const [name, child] of directory) {
    const isDirectory = child instanceof Directory
    yield { name: `${above}${name}`, kind: isDirectory ? 4 : 8 }
    if (recursive && isDirectory) yield* listed(child, true, `${above}${name}/`)
  }
}

