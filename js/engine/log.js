/** Yields the addon's chunks as log entries: as bytes, or as text without split characters. */
export async function* logEntries(chunks, binary) {
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
