import { kinds } from './kinds.js'

/** Options of every call; see `CallOptions`. */
export const CALL = { signal: kinds.signal }

/** Options of `close`. */
export const CLOSE = { stopAll: kinds.boolean }
