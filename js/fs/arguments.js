import { checkArgument, describe, kinds } from '../options/check.js'
import { invalid } from '../errors/sandbox-error.js'
import { fsKinds } from '../options/fs-tables.js'

/** What Linux takes of a mode for a new file away: the umask in a sandbox. */
const UMASK = 0o022

/** Flags of `open`, by their names in `node:fs`. */
const FLAGS = {
  r: { read: true },
  'r+': { read: true, write: true },
  w: { write: true, create: true, truncate: true },
  'w+': { read: true, write: true, create: true, truncate: true },
  a: { write: true, append: true, create: true },
  'a+': { read: true, write: true, append: true, create: true },
}
const SYNONYMS = { rs: 'r', sr: 'r', 'rs+': 'r+', 'sr+': 'r+', as: 'a', sa: 'a', 'as+': 'a+', 'sa+': 'a+' }

/** The constants of Linux that programs for `node:fs` use, whatever system this is. */
export const constants = Object.freeze({
  F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4,
  COPYFILE_EXCL: 1, COPYFILE_FICLONE: 2, COPYFILE_FICLONE_FORCE: 4,
  O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 0o100, O_EXCL: 0o200, O_TRUNC: 0o1000, O_APPEND: 0o2000,
  S_IFMT: 0o170000, S_IFREG: 0o100000, S_IFDIR: 0o040000, S_IFLNK: 0o120000,
})

/**
 * The options that a function of `node:fs` knows, each checked. Others are ignored, as by `node:fs`: programs written for it pass
 * their own on.
 */
export function nodeOptions(options, known) {
  if (options === undefined || options === null) return {}
  if (!kinds.object.is(options)) throw invalid('options', `options must be an object, not ${describe(options)}`)
  const checked = {}
  for (const [name, kind] of Object.entries(known)) {
    const value = options[name]
    if (value === undefined) continue
    checkArgument(name, value, kind)
    checked[name] = value
  }
  return checked
}

/** Options that may be just an encoding. */
export function encodingOptions(options, known) {
  return nodeOptions(typeof options === 'string' || options === null ? { encoding: options ?? undefined } : options, known)
}

/** Checks a path. */
export function checkPath(path, name = 'path') {
  checkArgument(name, path, fsKinds.path)
}

/** A mode as a number. */
export function modeOf(mode, otherwise) {
  if (mode === undefined || mode === null) return otherwise
  checkArgument('mode', mode, fsKinds.mode)
  return typeof mode === 'string' ? Number.parseInt(mode, 8) : mode
}

/** The mode of a new file in a sandbox. */
export function newMode(mode) {
  return modeOf(mode, 0o666) & ~UMASK
}

/** How to open a file. */
export function openFlags(flags) {
  checkArgument('flags', flags, fsKinds.flag)
  const found = typeof flags === 'number' ? fromBits(flags) : fromName(flags)
  if (!found) throw invalid('flags', `flags must be such as 'r', 'w+' or 'ax', not ${describe(flags)}`)
  return { read: false, write: false, append: false, create: false, exclusive: false, truncate: false, ...found }
}

function fromName(flags) {
  const plain = SYNONYMS[flags.replace('x', '')] ?? flags.replace('x', '')
  const isExclusive = flags.includes('x')
  if (!Object.hasOwn(FLAGS, plain) || (isExclusive && plain.startsWith('r'))) return undefined
  return { ...FLAGS[plain], exclusive: isExclusive }
}

function fromBits(bits) {
  const access = bits & 3
  if (access === 3) return undefined
  const has = (flag) => (bits & flag) !== 0
  const { O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants
  return { read: access !== 1, write: access !== 0, create: has(O_CREAT), exclusive: has(O_EXCL), truncate: has(O_TRUNC), append: has(O_APPEND) }
}

/** Milliseconds since 1970, of a Date or of seconds. */
export function momentOf(value, name) {
  checkArgument(name, value, fsKinds.moment)
  return value instanceof Date ? value.getTime() : Number(value) * 1000
}

/** Bytes in the form that an encoding asks for. */
export function encoder(encoding) {
  return encoding === undefined || encoding === null || encoding === 'buffer' ? (bytes) => bytes : (bytes) => bytes.toString(encoding)
}

/** Content as the addon takes it. */
export function bytesOf(data, encoding) {
  if (typeof data === 'string') return encoding === undefined || encoding === null || /^utf-?8$/i.test(encoding) ? data : Buffer.from(data, encoding)
  return data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
