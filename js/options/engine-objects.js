import { CALL } from './call.js'
import { kinds } from './kinds.js'

// Options of lists, events, images, volumes and networks.

/** See `ListOptions`. */
export const LIST = { all: kinds.boolean, filters: kinds.filters, ...CALL }

/** Options of `events`. */
export const EVENTS = { filters: kinds.filters, since: kinds.time, until: kinds.time, ...CALL }

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

/** Options of a new volume. */
export const VOLUME = { name: kinds.string, driver: kinds.string, driverOptions: kinds.record, labels: kinds.record, ...CALL }

/** Options of a list of volumes. */
export const VOLUMES = { filters: kinds.filters, ...CALL }

/** See `TaskNetworkOptions`. */
export const NETWORK = { internal: kinds.boolean, dns: kinds.strings, subnet: kinds.string, ...CALL }
