import { callNative } from './addon/call.js'
import { native } from './addon/load.js'
import { CALL, ENGINE, engineOptions } from './options/tables.js'
import { checkOptions } from './options/check.js'

/** Reports which engine would be used, what was tried to find it, and what to fix. */
export async function doctor(options) {
  const { engine, engineTimeout, signal } = checkOptions(options, { ...ENGINE, ...CALL })
  return JSON.parse(await callNative(signal, (cancellation) => native.doctor(engineOptions(engine, engineTimeout), cancellation)))
}
