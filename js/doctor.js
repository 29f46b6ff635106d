import { callNative } from './addon/call.js'
import { native } from './addon/load.js'
import { CALL, ENGINE, engineOptions } from './options/tables.js'
import { checkOptions, kinds } from './options/check.js'

/** Reports which engine would be used, what was tried to find it, and what to fix. */
export async function doctor(options) {
  const { engine, engineTimeout, dataDir, signal } = checkOptions(options, { ...ENGINE, ...CALL, dataDir: kinds.string })
  return JSON.parse(await callNative(signal, (cancellation) => native.doctor(engineOptions(engine, engineTimeout), dataDir, cancellation)))
}
