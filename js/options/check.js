import { invalid } from '../errors/sandbox-error.js'

/** An array, or an object, whose values are all of one kind. */
const arrayOf = (each, name) => ({ is: (value) => Array.isArray(value) && value.every(each.is), each, has: Array.isArray, at: (index) => `[${index}]`, name })
const recordOf = (each, name) => ({ is: (value) => isRecord(value) && Object.values(value).every(each.is), each, has: isRecord, at: (key) => `.${key}`, name })

const string = { is: (value) => typeof value === 'string', name: 'a string' }
const number = { is: (value) => Number.isFinite(value), name: 'a number' }
const size = { is: (value) => number.is(value) || string.is(value), name: "a number of bytes or a string such as '512m'" }
const data = { is: (value) => string.is(value) || value instanceof Uint8Array, name: 'a string or a Uint8Array' }
const object = { is: isRecord, name: 'an object' }
const ulimit = { is: (value) => number.is(value) || (isRecord(value) && Object.keys(value).sort().join() === 'hard,soft' && number.is(value.soft) && number.is(value.hard)), name: 'a whole number, -1 for unlimited, or { soft, hard }' }
const strings = arrayOf(string, 'an array of strings')
const filter = { is: (value) => [value].flat().every((one) => string.is(one) || number.is(one) || typeof one === 'boolean'), name: 'a string or an array of strings' }

/** The kinds of options: a test, and a name for error messages. No number is NaN or infinite: in JSON, that would mean that none is set. */
export const kinds = {
  string,
  number,
  boolean: { is: (value) => typeof value === 'boolean', name: 'true or false' },
  function: { is: (value) => typeof value === 'function', name: 'a function' },
  size,
  data,
  signal: { is: (value) => typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function', name: 'an AbortSignal' },
  signalName: { is: (value) => string.is(value) || (Number.isInteger(value) && value > 0 && value < 65), name: "the name or the number of a signal, such as 'SIGTERM' or 15" },
  strings,
  words: { ...strings, is: (value) => string.is(value) || strings.is(value), name: 'a string or an array of strings' },
  record: recordOf(string, 'an object whose values are strings'),
  ulimits: recordOf(ulimit, 'an object with names of limits as keys'),
  sizes: recordOf(size, 'an object whose values are sizes'),
  object,
  duration: { is: (value) => number.is(value) && value >= 0 && value <= 2 ** 31 - 1, name: 'a number of milliseconds from 0 to 2147483647' },
  port: { is: (value) => Number.isInteger(value) && value > 0 && value < 65_536, name: 'a port from 1 to 65535' },
  mode: { is: (value) => Number.isInteger(value) && value >= 0 && value <= 0o777, name: 'permission bits, from 0 to 0o777' },
  count: { is: (value) => Number.isSafeInteger(value) && value >= 0, name: 'a non-negative integer' },
  time: { is: (value) => (value instanceof Date || typeof value === 'number') && number.is(Number(value)) && Number(value) >= 0, name: 'a Date or milliseconds since 1970' },
  instant: { is: (value) => kinds.time.is(value) || string.is(value), name: 'a Date, milliseconds since 1970, or the timestamp of a log' },
  filters: recordOf(filter, 'an object whose values are strings or arrays of strings'),
  files: recordOf(data, 'an object whose values are strings or Uint8Arrays'),
  records: recordOf(object, 'an object whose values are objects'),
  objects: arrayOf(object, 'an array of objects'),
  json: { is: isJson, name: 'an object that can be converted to JSON' },
  encoding: { is: (value) => value === null || value === 'utf8' || value === 'utf-8' || value === 'buffer', name: "'utf8', 'buffer' or null" },
}

/** Whether an `encoding` asks for bytes. */
export function isBinary(encoding) {
  return encoding === null || encoding === 'buffer'
}

function isRecord(value) {
  return Object.prototype.toString.call(value) === '[object Object]'
}

function isJson(value) {
  try {
    return isRecord(value) && JSON.stringify(value) !== undefined
  } catch {
    return false
  }
}

/** The known name that is most similar, if it is similar enough to be a likely misspelling. */
export function nearest(name, known) {
  const ranked = known.map((candidate) => [distance(name.toLowerCase(), candidate.toLowerCase()), candidate])
  const [best] = ranked.toSorted(([a], [b]) => a - b)
  return best && best[0] <= Math.max(2, best[1].length / 3) ? best[1] : undefined
}

/** The Levenshtein distance: how many letters to add, remove or change to turn one name into the other. */
function distance(a, b) {
  if (a.length > 64) return Infinity
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [row, letter] of [...a].entries()) {
    const current = [row + 1]
    for (let column = 0; column < b.length; column++) {
      const changed = previous[column] + (letter === b[column] ? 0 : 1)
      current.push(Math.min(changed, previous[column + 1] + 1, current[column] + 1))
    }
    previous = current
  }
  return previous[b.length]
}

/** Rejects an argument of the wrong kind. The message calls it `shown`, and names the element that is wrong, if it is one. */
export function checkArgument(name, value, kind, shown = name) {
  if (kind.is(value)) return
  const wrong = kind.has?.(value) && Object.entries(value).find(([, element]) => !kind.each.is(element))
  if (!wrong) throw invalid(name, `${shown} must be ${kind.name}, not ${describe(value)}`)
  throw invalid(name, `${shown}${kind.at(wrong[0])} must be ${kind.each.name}, not ${describe(wrong[1])}`)
}

/**
 * The given options, each checked against its kind in a table. Unknown options are rejected: a misspelled limit must
 * not mean no limit. `within` is the option that they are fields of.
 */
export function checkOptions(options, known, within = undefined) {
  if (options === undefined) return {}
  if (!kinds.object.is(options)) throw invalid('options', `options must be an object, not ${describe(options)}`)
  const checked = {}
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      const near = nearest(name, Object.keys(known))
      throw invalid(name, `unknown option ${JSON.stringify(name)}${near ? `; did you mean ${JSON.stringify(near)}?` : ''}`)
    }
    if (value === undefined) continue
    checkArgument(name, value, known[name], within ? `${within}.${name}` : name)
    checked[name] = value
  }
  return checked
}

/** A value as error messages show it. */
export function describe(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'string') return value.length > 40 ? 'a string' : JSON.stringify(value)
  if (typeof value === 'object') return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
