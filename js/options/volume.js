import { CALL } from './call.js'
import { kinds } from './kinds.js'

/** Options of a new volume. */
export const VOLUME = { name: kinds.string, driver: kinds.string, driverOptions: kinds.record, labels: kinds.record, ...CALL }

/** Options of a list of volumes. */
export const VOLUMES = { filters: kinds.filters, ...CALL }
