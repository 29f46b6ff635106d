import { kinds } from './kinds.js'

/** Options of every call. */
export const CALL = { signal: kinds.signal }

/** Options of `close`. */
export const CLOSE = { stopAll: kinds.boolean }

/** Options of a command; see `ExecOptions`. */
export const EXEC = {
  timeout: kinds.number,
  cwd: kinds.string,
  env: kinds.record,
  stdin: kinds.data,
  outputLimit: kinds.size,
  encoding: kinds.encoding,
  onStdout: kinds.function,
  onStderr: kinds.function,
  ...CALL,
}

/** Options of a read file. */
export const READ = { encoding: kinds.encoding, ...CALL }

/** See `DeleteOptions`. */
export const DELETE = { recursive: kinds.boolean, force: kinds.boolean, ...CALL }

/** See `CopyOptions`. */
export const COPY = { maxBytes: kinds.size, maxEntries: kinds.number, ...CALL }

/** Options of a removal from the engine. */
export const REMOVE = { force: kinds.boolean, ...CALL }

/** Options of a removed sandbox. */
export const REMOVE_SANDBOX = { workspace: kinds.boolean, ...CALL }
