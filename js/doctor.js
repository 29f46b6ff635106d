import { native } from './addon.js'
import { checkOptions, kinds } from './check.js'
import { engineKind, engineOptions } from './engine-options.js'
import { callNative } from './native.js'

const OPTIONS = { engine: engineKind, engineTimeout: kinds.number, signal: kinds.signal }

/** Tells what engine would be used, what was tried to find it, and what to do. */
export async function doctor(options) {
  const { engine, engineTimeout, signal } = checkOptions(options, OPTIONS)
  return JSON.parse(await callNative(signal, (cancellation) => native.doctor(engineOptions(engine, engineTimeout), cancellation)))
}
