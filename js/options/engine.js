import { invalid } from '../errors/sandbox-error.js'
import { checkOptions } from './check.js'
import { kinds } from './kinds.js'

/** The `engine` option: an address or an object. */
const engineKind = {
  is: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  name: "an address such as 'unix:///var/run/docker.sock', or an object with host and tls",
}

/** Options of every class that connects to an engine; see `DockerManagerOptions`. */
export const ENGINE = { engine: engineKind, engineTimeout: kinds.number }

/** The `engine` option as an object; see `EngineOptions`. */
export const ENDPOINT = { host: kinds.string, tls: { is: (value) => typeof value === 'object' && value !== null, name: 'an object with ca, cert and key' } }

/** See `EngineOptions.tls`. */
export const TLS = { ca: kinds.string, cert: kinds.string, key: kinds.string }

/** Converts the `engine` option to the form that the addon takes. */
export function engineOptions(engine, timeout) {
  if (typeof engine === 'string') return { host: engine, timeout }
  if (engine === undefined) return { timeout }
  const { host, tls } = checkOptions(engine, ENDPOINT)
  if (tls && !host) throw invalid('engine', 'engine.tls requires engine.host')
  return { host, timeout, tls: tls !== undefined, ...checkOptions(tls, TLS) }
}
