import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SandboxError, invalid } from '../errors/sandbox-error.js'

/** Answers whose body is empty by definition: `Response` refuses one. */
const EMPTY = new Set([204, 205, 304])

/**
 * Sends one HTTP request over a connection of its own. A path such as `/api` is enough; of a whole URL, the path and the host header count.
 * Redirects are not followed: they may lead elsewhere.
 */
export async function fetchFrom(connect, port, input, init) {
  const request = toRequest(port, input, init)
  const { signal } = request
  const connection = await connect(signal)
  try {
    return toResponse(await exchange(request, connection, port, init?.body), port)
  } catch (error) {
    connection.destroy()
    throw error
  }
}

/** Sends a request and receives the head of its answer. */
async function exchange(request, connection, port, given) {
  const { pathname, search, host } = new URL(request.url)
  // Servers that do not read a body in chunks need its length, where it is known.
  const body = isWhole(given) ? Buffer.from(await request.arrayBuffer()) : undefined
  const length = body ? { 'content-length': String(body.length) } : {}
  const headers = { host, ...Object.fromEntries(request.headers), ...length, connection: 'close' }
  const sent = httpRequest({ method: request.method, path: pathname + search, headers, createConnection: () => connection })
  const { signal } = request
  const abort = () => sent.destroy(new SandboxError('ABORTED', 'the call was aborted', { cause: signal.reason }))
  signal.addEventListener('abort', abort, { once: true })
  const answered = new Promise((resolve, reject) => {
    const fail = (error) => reject(error instanceof SandboxError ? error : bad(port, error?.message ?? 'the connection was closed', error))
    sent.once('response', resolve)
    sent.once('upgrade', () => fail(new Error('the server changed the protocol, which connect() is for')))
    sent.once('error', fail)
    sent.once('close', () => fail())
  })
  if (signal.aborted) abort()
  // If the server answers before it has read everything, the answer counts.
  else if (body) sent.end(body)
  else if (request.body) pipeline(Readable.fromWeb(request.body), sent).catch(() => {})
  else sent.end()
  const message = await answered
  message.once('close', () => signal.removeEventListener('abort', abort))
  return message
}

function isWhole(body) {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof ArrayBuffer || body instanceof URLSearchParams || body instanceof Blob
}

function bad(port, reason, cause) {
  return new SandboxError('CONFLICT', `port ${port} of the sandbox gave no valid answer: ${reason}`, { cause, details: { port } })
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

function toResponse(message, port) {
  const isEmpty = EMPTY.has(message.statusCode)
  try {
    const headers = new Headers()
    for (let index = 0; index < message.rawHeaders.length; index += 2) headers.append(message.rawHeaders[index], message.rawHeaders[index + 1])
    const response = new Response(isEmpty ? null : Readable.toWeb(message), { status: message.statusCode, statusText: message.statusMessage, headers })
    if (isEmpty) message.resume()
    return response
  } catch (error) {
    message.destroy()
    throw bad(port, error.message, error)
  }
}
