import { constants } from 'node:os'
import { getSystemErrorMap } from 'node:util'
import { SandboxError } from '../errors/sandbox-error.js'

/** Codes that `node:fs` has of its own for some functions, by the system's. */
const OWN = {
  rm: { EISDIR: 'ERR_FS_EISDIR' },
  cp: { EISDIR: 'ERR_FS_EISDIR', EINVAL: 'ERR_FS_CP_EINVAL', EEXIST: 'ERR_FS_CP_EEXIST' },
}

/** What `node:fs` looks at first, in functions that are no system call. */
const LOOKS = { rm: 'lstat', cp: 'lstat' }

/** Does something with a file. Its errors get the shape of those of `node:fs`. */
export async function asNode(syscall, path, dest, work) {
  try {
    return await work()
  } catch (error) {
    throw nodeError(error, syscall, path, dest)
  }
}

/** The error as `node:fs` would throw it; errors that are not about files stay as they are. */
export function nodeError(error, syscall, path, dest) {
  const name = error?.details?.errno
  const number = constants.errno[name]
  if (number === undefined || (error.code !== 'FILE_ERROR' && error.code !== 'DISK_LIMIT')) return error
  const code = OWN[syscall]?.[name] ?? name
  const failed = name === 'ENOENT' ? (LOOKS[syscall] ?? syscall) : syscall
  const named = [path, dest].filter((one) => one !== undefined).map((one) => text(one))
  const where = named.map((one) => `'${one}'`).join(' -> ')
  const reason = / is (an?|not) /.test(error.message) ? error.message : (getSystemErrorMap().get(-number)?.[1] ?? error.message)
  const converted = new SandboxError(code, `${code}: ${reason}, ${failed}${where ? ` ${where}` : ''}`, { hint: error.hint, details: error.details, cause: error.cause })
  return Object.assign(converted, { errno: -number, syscall: failed }, named[0] !== undefined && { path: named[0] }, named[1] !== undefined && { dest: named[1] })
}

/** A path as text. */
export function text(path) {
  return typeof path === 'string' ? path : Buffer.from(path).toString()
}
