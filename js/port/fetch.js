import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SandboxError, invalid } from '../errors/sandbox-error.js'

/** Answers whose body is empty by definition: `Response` refuses one. */
const EMPTY = new Set([101, 204, 205, 304])

/**
 * Sends one HTTP request over a connection of its own. A path such as `/api` is enough; of a whole URL, the path and the host header count.
 * Redirects are not followed: they may lead elsewhere.
 */
export async function fetchFrom(connect, port, input, init) {
  const request = toRequest(port, input, init)
  const { signal } = request
  const connection = await connect()
  const { pathname, search, host } = new URL(request.url)
  const headers = { host, ...Object.fromEntries(request.headers), connection: 'close' }
  const sent = httpRequest({ method: request.method, path: pathname + search, headers, createConnection: () => connection })
  const abort = () => sent.destroy(new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason }))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  const answered = new Promise((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', (error) => reject(error instanceof SandboxError ? error : new SandboxError('SANDBOX_LOST', `port ${port} of the sandbox gave no answer: ${error.message}`, { cause: error, details: { port } })))
  })
  // If the server answers before it has read everything, the answer counts.
  if (request.body) pipeline(Readable.fromWeb(request.body), sent).catch(() => {})
  else sent.end()
  return toResponse(await answered)
}

function toRequest(port, input, init) {
  try {
    if (typeof input === 'string' && input.startsWith('/')) return new Request(`http://localhost:${port}${input}`, init)
    if (input === undefined) return new Request(`http://localhost:${port}/`, init)
    return new Request(input, init)
  } catch (error) {
    throw invalid('request', `request must be a path such as '/', a URL or a Request: ${error.message}`)
  }
}

function toResponse(message) {
  const headers = new Headers()
  for (let index = 0; index < message.rawHeaders.length; index += 2) headers.append(message.rawHeaders[index], message.rawHeaders[index + 1])
  const isEmpty = EMPTY.has(message.statusCode)
  if (isEmpty) message.resume()
  return new Response(isEmpty ? null : Readable.toWeb(message), { status: message.statusCode, statusText: message.statusMessage, headers })
}
