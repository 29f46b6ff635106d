import type { H3Event } from 'h3'

/** Reads the body of a request, up to a limit in bytes that protects the server's memory. */
export async function readBytes(event: H3Event, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of event.node.req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) throw createError({ status: 413, message: `the body must not exceed ${limit} bytes` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
