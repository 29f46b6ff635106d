import { CALL } from './call.js'
import { kinds } from './kinds.js'

/** Options of `readFile`. */
export const READ = { encoding: kinds.encoding, ...CALL }

/** See `DeleteOptions`. */
export const DELETE = { recursive: kinds.boolean, force: kinds.boolean, ...CALL }

/** See `CopyOptions`. */
export const COPY = { maxBytes: kinds.size, maxEntries: kinds.number, ...CALL }
