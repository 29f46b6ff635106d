import { callNative } from './call.js'

/**
 * A stream of the addon as an async iterable. Nothing is read ahead; leaving the loop or aborting closes the connection.
 *
 * @param signal an `AbortSignal`, or undefined
 * @param open returns the addon's stream
 * @param items converts a result of `next` to an array of items; undefined at the end
 */
export async function* iterate(signal, open, items) {
  const stream = await callNative(signal, open)
  const close = () => stream.close()
  signal?.addEventListener('abort', close)
  try {
    for (;;) {
      // If the signal closed the stream, this throws ABORTED.
      const batch = items(await callNative(signal, () => stream.next()))
      if (signal?.aborted) await callNative(signal, () => undefined)
      if (batch === undefined) return
      yield* batch
    }
  } finally {
    signal?.removeEventListener('abort', close)
    close()
  }
}
