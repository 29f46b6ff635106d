import { CALL } from './call.js'
import { kinds } from './kinds.js'

/** See `ListOptions`. */
export const LIST = { all: kinds.boolean, filters: kinds.filters, ...CALL }

/** Options of `events`. */
export const EVENTS = { filters: kinds.filters, since: kinds.time, until: kinds.time, ...CALL }

/** Options of the removal of a container, an image or a volume. */
export const REMOVE = { force: kinds.boolean, ...CALL }
