import { CALL } from './call.js'
import { kinds } from './kinds.js'

/** Options of `pull`. */
export const PULL = { platform: kinds.string, onProgress: kinds.function, ...CALL }

/** See `BuildOptions`. */
export const BUILD = {
  dockerfile: kinds.string,
  tags: kinds.strings,
  buildArgs: kinds.record,
  labels: kinds.record,
  target: kinds.string,
  noCache: kinds.boolean,
  network: kinds.string,
  onProgress: kinds.function,
  ...CALL,
}

/** Options of `commit`. */
export const COMMIT = { name: kinds.string, message: kinds.string, pause: kinds.boolean, ...CALL }
