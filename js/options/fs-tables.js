import { kinds } from './check.js'
import { CALL } from './tables.js'

const bytes = { is: (value) => value instanceof Uint8Array, name: 'a Uint8Array' }
const octal = { is: (value) => kinds.count.is(value) || (typeof value === 'string' && /^[0-7]{1,4}$/.test(value)), name: 'a mode such as 0o644' }
const textEncoding = { is: (value) => value === null || value === 'buffer' || (typeof value === 'string' && Buffer.isEncoding(value)), name: "an encoding such as 'utf8', 'buffer' or null" }
const flag = { is: (value) => typeof value === 'string' || kinds.count.is(value), name: "a flag such as 'r'" }

/** The kinds of arguments of file operations. */
export const fsKinds = {
  path: { is: (value) => typeof value === 'string' || value instanceof Uint8Array, name: 'a string or a Uint8Array' },
  content: { is: (value) => kinds.data.is(value) || ArrayBuffer.isView(value) || isIterable(value), name: 'a string, a Uint8Array, or an iterable or a stream of these' },
  moment: { is: (value) => value instanceof Date || typeof value === 'number' || (typeof value === 'string' && value !== '' && Number.isFinite(Number(value))), name: 'a Date or seconds since 1970' },
  bytes,
  mode: octal,
  flag,
  encoding: textEncoding,
}

/** See `FsReadFileOptions`. */
export const FS_READ_FILE = { encoding: textEncoding, ...CALL }

/** See `FsWriteFileOptions`. */
export const FS_WRITE_FILE = { encoding: textEncoding, mode: octal, flag, ...CALL }

/** See `FsReaddirOptions`. */
export const FS_READDIR = { encoding: textEncoding, withFileTypes: kinds.boolean, recursive: kinds.boolean, ...CALL }

/** See `FsEncodingOptions`. */
export const FS_ENCODING = { encoding: textEncoding, ...CALL }

/** See `FsMkdirOptions`. */
export const FS_MKDIR = { recursive: kinds.boolean, mode: octal, ...CALL }

/** See `FsRmOptions`. */
export const FS_RM = { recursive: kinds.boolean, force: kinds.boolean, ...CALL }

/** See `FsCpOptions`. */
export const FS_CP = { recursive: kinds.boolean, force: kinds.boolean, errorOnExist: kinds.boolean, preserveTimestamps: kinds.boolean, dereference: kinds.boolean, ...CALL }

/** See `FsReadStreamOptions`. */
export const FS_READ_STREAM = { encoding: textEncoding, start: kinds.count, end: kinds.count, highWaterMark: kinds.count, ...CALL }

/** See `FsWriteStreamOptions`. */
export const FS_WRITE_STREAM = { encoding: textEncoding, flags: flag, mode: octal, start: kinds.count, highWaterMark: kinds.count, ...CALL }

/** See `ReadLinesOptions`. */
export const READ_LINES = { start: kinds.count, end: kinds.count, ...CALL }

/** See `FileEdit`. */
export const FILE_EDIT = { oldText: kinds.data, newText: kinds.data, all: kinds.boolean, expected: kinds.object, ...CALL }

/** See `FileEdit.expected`. */
export const EXPECTED_FILE = { mtimeMs: kinds.number, sha256: kinds.string }

/** See `FileToWrite`. */
export const FILE_TO_WRITE = { path: fsKinds.path, data: kinds.data, mode: octal }

/** See `GlobOptions`. */
export const GLOB = { cwd: fsKinds.path, ignore: kinds.words, gitignore: kinds.boolean, limit: kinds.count, timeout: kinds.number, ...CALL }

/** See `GrepOptions`. */
export const GREP = {
  path: fsKinds.path,
  glob: kinds.words,
  literal: kinds.boolean,
  ignoreCase: kinds.boolean,
  context: kinds.count,
  gitignore: kinds.boolean,
  maxPerFile: kinds.count,
  limit: kinds.count,
  timeout: kinds.number,
  ...CALL,
}

/** See `FsWatchOptions`. */
export const FS_WATCH = { recursive: kinds.boolean, ...CALL }

function isIterable(value) {
  return typeof value === 'object' && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value)
}
