import { callNative } from '../addon/call.js'
import { defaults } from '../addon/load.js'
import { SandboxError, invalid } from '../errors/sandbox-error.js'
import { checkArgument, kinds } from '../options/check.js'
import { FS_CP, FS_ENCODING, FS_MKDIR, FS_READDIR, FS_READ_FILE, FS_READ_STREAM, FS_RM, FS_WRITE_FILE, FS_WRITE_STREAM, fsKinds } from '../options/fs-tables.js'
import { CALL } from '../options/tables.js'
import { bytesOf, checkPath, constants, encoder, encodingOptions, modeOf, momentOf, newMode, nodeOptions, openFlags } from './arguments.js'
import { edit, readLines, writeFiles } from './beyond.js'
import { asNode } from './error.js'
import { FsFileHandle } from './file-handle.js'
import { glob, grep } from './search.js'
import { Dirent, Stats, statFs } from './stats.js'
import { ReadStream, WriteStream } from './streams.js'
import { watch } from './watch.js'

/** Errors that mean that a path leads to nothing. */
const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENAMETOOLONG'])

/** The file system of a sandbox, in the shape of `node:fs/promises`. */
export class SandboxFs {
  #native
  #run

  /**
   * @param native the addon's counterpart
   * @param run makes a call of the addon, so that its owner takes note of it
   */
  constructor(native, run = (call) => call()) {
    this.#native = native
    this.#run = run
    // Programs that take an `fs` look for its promises there.
    Object.defineProperty(this, 'promises', { value: this })
  }

  get constants() {
    return constants
  }

  async access(path, mode = constants.F_OK, options = undefined) {
    checkArgument('mode', mode, kinds.count)
    await this.#one('access', path, options, { mode })
  }

  async appendFile(path, data, options) {
    const given = typeof options === 'string' ? { encoding: options } : options
    await this.writeFile(path, data, { flag: 'a', ...given })
  }

  async chmod(path, mode, options) {
    await this.#one('chmod', path, options, { mode: modeOf(mode) })
  }

  async copyFile(path, dest, mode = 0, options = undefined) {
    checkArgument('mode', mode, kinds.count)
    if (mode & constants.COPYFILE_FICLONE_FORCE) throw invalid('mode', 'copies are never made by copy-on-write alone: COPYFILE_FICLONE_FORCE is not supported')
    await this.#two('copyFile', 'copyfile', path, dest, options, { exclusive: (mode & constants.COPYFILE_EXCL) !== 0 })
  }

  async cp(path, dest, options) {
    if (options?.filter !== undefined) throw invalid('filter', 'filter is not supported: the copy is made in the sandbox')
    const { signal, force = true, ...rest } = nodeOptions(options, FS_CP)
    await this.#two('cp', 'cp', path, dest, { signal }, { force, ...rest })
  }

  async exists(path, options) {
    try {
      await this.access(path, constants.F_OK, options)
      return true
    } catch (error) {
      if (MISSING.has(error.code)) return false
      throw error
    }
  }

  async lstat(path, options) {
    return new Stats((await this.#one('lstat', path, options)).stat)
  }

  async mkdir(path, options) {
    const given = typeof options === 'number' || typeof options === 'string' ? { mode: options } : options
    const { recursive = false, mode, signal } = nodeOptions(given, FS_MKDIR)
    const { path: first } = await this.#one('mkdir', path, { signal }, { recursive, mode: modeOf(mode, 0o777) })
    return first?.toString()
  }

  async mkdtemp(prefix, options) {
    checkPath(prefix, 'prefix')
    const { encoding = 'utf8', signal } = encodingOptions(options, FS_ENCODING)
    return encoder(encoding)((await this.#one('mkdtemp', prefix, { signal })).path)
  }

  async open(path, flags = 'r', mode = 0o666, options = undefined) {
    checkPath(path)
    const { signal } = nodeOptions(options, CALL)
    const open = { path, ...openFlags(flags), mode: modeOf(mode) }
    return new FsFileHandle(await this.#call('open', path, undefined, signal, (fs, cancellation) => fs.open(open, cancellation)), path)
  }

  async readFile(path, options) {
    checkPath(path)
    const { encoding, signal } = encodingOptions(options, FS_READ_FILE)
    try {
      return encoder(encoding)(await this.#call('open', path, undefined, signal, (fs, cancellation) => fs.read(path, cancellation)))
    } catch (error) {
      if (error.code !== 'FILE_TOO_LARGE') throw error
      return await this.#readLarge(path, encoding, signal)
    }
  }

  async readdir(path, options) {
    checkPath(path)
    const { encoding = 'utf8', withFileTypes = false, recursive = false, signal } = encodingOptions(options, FS_READDIR)
    const names = await this.#call('scandir', path, undefined, signal, (fs, cancellation) => fs.names(path, recursive, cancellation))
    const isText = encoding === 'utf8' || encoding === 'utf-8'
    const encode = encoder(encoding)
    if (withFileTypes) return names.map(({ name, kind }) => new Dirent(path, name, kind, encode))
    return names.map(({ name }) => (isText && typeof name === 'string' ? name : encode(Buffer.from(name))))
  }

  async readlink(path, options) {
    const { encoding = 'utf8', signal } = encodingOptions(options, FS_ENCODING)
    return encoder(encoding)((await this.#one('readlink', path, { signal })).path)
  }

  async realpath(path, options) {
    const { encoding = 'utf8', signal } = encodingOptions(options, FS_ENCODING)
    return encoder(encoding)((await this.#one('realpath', path, { signal })).path)
  }

  async rename(path, dest, options) {
    await this.#two('rename', 'rename', path, dest, options)
  }

  async rm(path, options) {
    const { recursive = false, force = false, signal } = nodeOptions(options, FS_RM)
    await this.#one('rm', path, { signal }, { recursive, force })
  }

  async rmdir(path, options) {
    const { signal } = nodeOptions(options, CALL)
    await this.#one('rmdir', path, { signal })
  }

  async stat(path, options) {
    return new Stats((await this.#one('stat', path, options)).stat)
  }

  async statfs(path, options) {
    return statFs((await this.#one('statfs', path, options)).space)
  }

  async symlink(target, path, _type = undefined, options = undefined) {
    checkPath(target, 'target')
    await this.#two('symlink', 'symlink', target, path, options)
  }

  async truncate(path, length = 0, options = undefined) {
    checkArgument('length', length, kinds.number)
    await this.#one('truncate', path, options, { length: Math.max(0, length) })
  }

  async unlink(path, options) {
    await this.#one('unlink', path, options)
  }

  async utimes(path, atime, mtime, options) {
    await this.#one('utimes', path, options, { atime: momentOf(atime, 'atime'), mtime: momentOf(mtime, 'mtime') })
  }

  async writeFile(path, data, options) {
    checkPath(path)
    checkArgument('data', data, fsKinds.content)
    const { encoding, mode, flag = 'w', signal } = encodingOptions(options, FS_WRITE_FILE)
    if (typeof data !== 'string' && !ArrayBuffer.isView(data)) return this.#writeParts(path, data, { encoding, mode, flag, signal })
    const bytes = bytesOf(data, encoding)
    // Small contents replace the file at once, so nobody sees half of it.
    if (flag === 'w' && bytes.length * 3 <= defaults.maxFile) {
      const file = { path, data: bytes, mode: newMode(mode), exactly: false, parents: false }
      return this.#call('open', path, undefined, signal, (fs, cancellation) => fs.write(file, cancellation))
    }
    const open = { path, ...openFlags(flag), mode: modeOf(mode, 0o666) }
    return this.#call('open', path, undefined, signal, (fs, cancellation) => fs.writeThrough(open, bytes, cancellation))
  }

  createReadStream(path, options) {
    checkPath(path)
    const given = encodingOptions(options, FS_READ_STREAM)
    if (given.end < given.start) throw invalid('end', 'end must not be less than start')
    return new ReadStream(() => this.open(path), path, given)
  }

  createWriteStream(path, options) {
    checkPath(path)
    const { flags, mode = 0o666, ...given } = encodingOptions(options, FS_WRITE_STREAM)
    const how = flags ?? (given.start === undefined ? 'w' : 'r+')
    openFlags(how)
    return new WriteStream(() => this.open(path, how, mode), path, given)
  }

  readLines(path, options) {
    return readLines((...call) => this.#call(...call), path, options)
  }

  edit(path, change) {
    return edit((...call) => this.#call(...call), path, change)
  }

  writeFiles(files, options) {
    return writeFiles((...call) => this.#call(...call), files, options)
  }

  glob(pattern, options) {
    return glob((...call) => this.#call(...call), pattern, options)
  }

  grep(pattern, options) {
    return grep((...call) => this.#call(...call), pattern, options)
  }

  watch(path, options) {
    checkPath(path)
    return watch((...call) => this.#call(...call), path, options)
  }

  /** A call on one path. */
  #one(op, path, options, rest) {
    checkPath(path)
    const { signal } = nodeOptions(options, CALL)
    return this.#call(SYSCALLS[op] ?? op, path, undefined, signal, (fs, cancellation) => fs.call({ op, path, ...rest }, cancellation))
  }

  /** A call on two paths. */
  async #two(op, syscall, path, dest, options, rest) {
    checkPath(path)
    checkPath(dest, 'dest')
    const { signal } = nodeOptions(options, CALL)
    return this.#call(syscall, path, dest, signal, (fs, cancellation) => fs.call({ op, path, dest, ...rest }, cancellation))
  }

  #call(syscall, path, dest, signal, call) {
    return asNode(syscall, path, dest, () => this.#run(() => callNative(signal, (cancellation) => call(this.#native, cancellation))))
  }

  async #readLarge(path, encoding, signal) {
    const file = await this.open(path, 'r', 0, { signal })
    try {
      return await file.readFile(encoding)
    } finally {
      await file.close()
    }
  }

  async #writeParts(path, parts, { encoding, mode, flag, signal }) {
    const file = await this.open(path, flag, mode, { signal })
    try {
      await file.writeFile(stopping(parts, signal), encoding)
    } finally {
      await file.close()
    }
  }
}

/** The names of system calls in errors, where they are not those of the functions. */
const SYSCALLS = { utimes: 'utime', truncate: 'open' }

/** The parts until the signal is aborted. */
async function* stopping(parts, signal) {
  for await (const part of parts) {
    if (signal?.aborted) throw new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason })
    checkArgument('data', part, { is: (value) => kinds.data.is(value) || ArrayBuffer.isView(value), name: 'a stream of strings or Uint8Arrays' })
    yield part
  }
}
