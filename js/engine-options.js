import { checkOptions, kinds } from './check.js'
import { invalid } from './error.js'

const ENGINE = { host: kinds.string, tls: { is: (value) => typeof value === 'object' && value !== null, name: 'an object with ca, cert and key' } }
const TLS = { ca: kinds.string, cert: kinds.string, key: kinds.string }

/** The `engine` option, as an address or as an object, in the form that the addon takes. */
export function engineOptions(engine, timeout) {
  if (typeof engine === 'string') return { host: engine, timeout }
  if (engine === undefined) return { timeout }
  const { host, tls } = checkOptions(engine, ENGINE)
  if (tls && !host) throw invalid('engine', 'engine.tls goes with engine.host')
  return { host, timeout, tls: tls !== undefined, ...checkOptions(tls, TLS) }
}

/** What the `engine` option may be. */
export const engineKind = {
  is: (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  name: "an address such as 'unix:///var/run/docker.sock', or an object with host and tls",
}
