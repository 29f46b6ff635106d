/** The kinds of options: a test, and a name for error messages. */
export const kinds = {
  string: { is: (value) => typeof value === 'string', name: 'a string' },
  number: { is: (value) => typeof value === 'number', name: 'a number' },
  boolean: { is: (value) => typeof value === 'boolean', name: 'true or false' },
  function: { is: (value) => typeof value === 'function', name: 'a function' },
  size: { is: (value) => typeof value === 'number' || typeof value === 'string', name: "a number of bytes or a string such as '512m'" },
  data: { is: (value) => kinds.string.is(value) || value instanceof Uint8Array, name: 'a string or a Uint8Array' },
  signal: { is: (value) => typeof value?.aborted === 'boolean' && typeof value.addEventListener === 'function', name: 'an AbortSignal' },
  strings: { is: (value) => Array.isArray(value) && value.every(kinds.string.is), name: 'an array of strings' },
  words: { is: (value) => kinds.string.is(value) || kinds.strings.is(value), name: 'a string or an array of strings' },
  record: { is: (value) => isRecord(value) && Object.values(value).every(kinds.string.is), name: 'an object whose values are strings' },
  sizes: { is: (value) => isRecord(value) && Object.values(value).every(kinds.size.is), name: 'an object whose values are sizes' },
  object: { is: (value) => isRecord(value), name: 'an object' },
  count: { is: (value) => Number.isSafeInteger(value) && value >= 0, name: 'a non-negative integer' },
  time: { is: (value) => (value instanceof Date || typeof value === 'number') && Number(value) >= 0, name: 'a Date or milliseconds since 1970' },
  filters: { is: (value) => isRecord(value) && Object.values(value).every((one) => [one].flat().every((text) => ['string', 'number', 'boolean'].includes(typeof text))), name: 'an object whose values are strings or arrays of strings' },
  files: { is: (value) => isRecord(value) && Object.values(value).every(kinds.data.is), name: 'an object whose values are strings or Uint8Arrays' },
  objects: { is: (value) => Array.isArray(value) && value.every(isRecord), name: 'an array of objects' },
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
