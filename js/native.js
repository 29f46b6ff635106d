import { createRequire } from 'node:module'
import { fromNative, SandboxError } from './error.js'

export const native = createRequire(import.meta.url)('../native.cjs')

/**
 * One call of the addon: its errors become `SandboxError`s, and the signal's abort ends it.
 *
 * @param signal an `AbortSignal`, or undefined
 * @param call gets the addon's counterpart of the signal
 */
export async function callNative(signal, call) {
  if (!signal) return settle(() => call(undefined))
  if (signal.aborted) throw aborted(new SandboxError('ABORTED', 'aborted before the call began'), signal)
  const cancellation = new native.Cancellation()
  const cancel = () => cancellation.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    return await settle(() => call(cancellation))
  } catch (error) {
    throw error.code === 'ABORTED' ? aborted(error, signal) : error
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

async function settle(call) {
  try {
    return await call()
  } catch (error) {
    throw error instanceof SandboxError ? error : fromNative(error)
  }
}

function aborted({ message, details }, signal) {
  return new SandboxError('ABORTED', message, { details, cause: signal.reason })
}
