import { once } from 'node:events'

/** The output of the terminal as bytes: what is kept of it, then what comes. The answer ends with the terminal. */
export default defineEventHandler(async (event) => {
  const { res } = event.node
  const id = conversationOf(event)
  const left = new AbortController()
  res.once('close', () => left.abort())
  const terminal = await answered(terminalOf(id))
  const process = await answered(useDocker().attach(id, terminal.id))
  setHeaders(event, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
  res.flushHeaders()
  try {
    for await (const { data } of process.output({ encoding: 'buffer', signal: left.signal })) {
      if (data && !res.write(data)) await once(res, 'drain', { signal: left.signal })
    }
    res.end()
  } catch (error) {
    if (!left.signal.aborted) res.destroy(error as Error)
  } finally {
    await process.close()
  }
})
