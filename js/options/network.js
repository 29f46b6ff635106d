import { CALL } from './call.js'
import { kinds } from './kinds.js'

/** See `TaskNetworkOptions`. */
export const NETWORK = { internal: kinds.boolean, dns: kinds.strings, subnet: kinds.string, ...CALL }
