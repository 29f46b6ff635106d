import { callNative } from './native.js'

/**
 * What the addon gives piece by piece, as an async iterable. Nothing is asked for ahead; leaving the loop or an abort closes
 * the connection.
 *
 * @param signal an `AbortSignal`, or undefined
 * @param open gives the addon's stream
 * @param items makes items of what `next` gives; undefined at the end
 */
export async function* iterate(signal, open, items) {
  const stream = await callNative(signal, open)
  const close = () => stream.close()
  signal?.addEventListener('abort', close)
  try {
    for (;;) {
      // Also says why, when it ends for the signal.
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

/** Pieces of output under the name of their stream, as bytes or as text in which no character is cut. */
export async function* decoded(chunks, binary) {
  const decoders = { stdout: new TextDecoder('utf-8', { ignoreBOM: true }), stderr: new TextDecoder('utf-8', { ignoreBOM: true }) }
  for await (const { stderr, data, timestamp } of chunks) {
    const stream = stderr ? 'stderr' : 'stdout'
    const content = binary ? data : decoders[stream].decode(data, { stream: true })
    if (content.length > 0) yield timestamp ? { stream, data: content, timestamp } : { stream, data: content }
  }
  for (const [stream, decoder] of Object.entries(decoders)) {
    const data = binary ? '' : decoder.decode()
    if (data) yield { stream, data }
  }
}
