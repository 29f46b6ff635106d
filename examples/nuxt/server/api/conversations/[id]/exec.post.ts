import { once } from 'node:events'

const MIB = 1024 * 1024

/**
 * Runs the command in the body. Answers with one JSON object per line as things happen: `{ stdout }` and `{ stderr }` with chunks
 * of output, then `{ result }` or `{ error }`. A client that reads slowly slows the command down; one that disconnects ends it.
 */
export default defineEventHandler(async (event) => {
  const { res } = event.node
  const left = new AbortController()
  res.once('close', () => left.abort())
  const command = (await readBytes(event, MIB)).toString()

  const send = async (line: object) => {
    if (!res.write(`${JSON.stringify(line)}\n`)) await once(res, 'drain', { signal: left.signal })
  }
  setHeaders(event, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' })
  try {
    const { exitCode, signal, timedOut, oomKilled, executionTime } = await useDocker().exec(conversationOf(event), command, {
      signal: left.signal,
      outputLimit: 0,
      onStdout: (stdout: string) => send({ stdout }),
      onStderr: (stderr: string) => send({ stderr }),
    })
    res.end(`${JSON.stringify({ result: { exitCode, signal, timedOut, oomKilled, executionTime } })}\n`)
  } catch (error) {
    if (left.signal.aborted) return
    // Before the first line, the status can still be set.
    if (!res.headersSent) throw httpError(error)
    const { code = 'INTERNAL', message = '' } = error as { code?: string; message?: string }
    res.end(`${JSON.stringify({ error: { code, message } })}\n`)
  }
})
