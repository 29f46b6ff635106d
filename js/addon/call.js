import { SandboxError, fromNative } from '../errors/sandbox-error.js'
import { native } from './load.js'

/**
 * Makes one call to the addon. Its errors become `SandboxError`s, and the signal aborts it.
 *
 * @param signal an `AbortSignal`, or undefined
 * @param call receives the addon's `Cancellation` for the signal
 */
export async function callNative(signal, call) {
  if (!signal) return settle(() => call(undefined))
  if (signal.aborted) throw aborted(new SandboxError('ABORTED', 'aborted before the call started'), signal)
  // The sandboxes of js/testing use the signal itself.
  const cancellation = Object.assign(new native.Cancellation(), { signal })
  const forget = cancelOnAbort(signal, cancellation)
  try {
    return await settle(() => call(cancellation))
  } catch (error) {
    throw error.code === 'ABORTED' ? aborted(error, signal) : error
  } finally {
    forget()
  }
}

/** For each signal, the calls that it aborts and its one listener. */
const watched = new WeakMap()

/**
 * Cancels a call when its signal is aborted; returns a function that undoes this. All calls of a signal share one
 * listener: Node warns of a leak from the eleventh listener on.
 */
function cancelOnAbort(signal, cancellation) {
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

/** The error for a call that a signal has aborted. */
export function aborted({ message, details }, signal) {
  return new SandboxError('ABORTED', message, { details, cause: signal.reason })
}
