import { invalid } from '../errors/sandbox-error.js'
import { kinds } from './kinds.js'
import { nearest } from './suggestion.js'

/** Rejects an argument of the wrong kind. */
export function checkArgument(name, value, kind) {
  if (!kind.is(value)) throw invalid(name, `${name} must be ${kind.name}, not ${describe(value)}`)
}

/**
 * The given options, each checked against its kind in a table. Unknown options are rejected: a misspelled limit must
 * not mean no limit.
 */
export function checkOptions(options, known) {
  if (options === undefined) return {}
  if (!kinds.object.is(options)) throw invalid('options', `options must be an object, not ${describe(options)}`)
  const checked = {}
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      const near = nearest(name, Object.keys(known))
      throw invalid(name, `unknown option ${JSON.stringify(name)}${near ? `; did you mean ${JSON.stringify(near)}?` : ''}`)
    }
    if (value === undefined) continue
    checkArgument(name, value, known[name])
    checked[name] = value
  }
  return checked
}

function describe(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'string') return value.length > 40 ? 'a string' : JSON.stringify(value)
  if (typeof value === 'object') return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
