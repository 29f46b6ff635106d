import { native } from './addon.js'
import { fromNative, SandboxError } from './error.js'

/**
 * One call of the addon: its errors become `SandboxError`s, and the signal's abort ends it.
 *
 * @param signal an `AbortSignal`, or undefined
 * @param call gets the addon's counterpart of the signal
 */
export async function callNative(signal, call) {
  if (!signal) return settle(() => call(undefined))
  if (signal.aborted) throw aborted(new SandboxError('ABORTED', 'aborted before the call began'), signal)
  // With the signal itself, for sandboxes that are not the addon's.
  const cancellation = Object.assign(new native.Cancellation(), { signal })
  const forget = endWith(signal, cancellation)
  try {
    return await settle(() => call(cancellation))
  } catch (error) {
    throw error.code === 'ABORTED' ? aborted(error, signal) : error
  } finally {
    forget()
  }
}

/** The calls that each signal ends, and its listener. */
const watched = new WeakMap()

/**
 * Has a signal end a call; gives what undoes it. One listener a signal, however many calls share it: Node warns
 * of a leak from the eleventh on.
 */
function endWith(signal, cancellation) {
  let watch = watched.get(signal)
  if (!watch) {
    const calls = new Set()
    watch = { calls, listener: () => calls.forEach((call) => call.cancel()) }
    watched.set(signal, watch)
    signal.addEventListener('abort', watch.listener)
  }
  watch.calls.add(cancellation)
  return () => {
    watch.calls.delete(cancellation)
    if (watch.calls.size > 0) return
    signal.removeEventListener('abort', watch.listener)
    watched.delete(signal)
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
