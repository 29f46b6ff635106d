import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { fakeEngine, response, stallingEngine } from '../support/fake-engine.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const LIMIT = 500

/** How much longer than its limit an answer may take on a busy machine. */
const SLACK = 1500

test('an engine that accepts and never answers is a TIMEOUT', async () => {
  const { address } = await fakeEngine(() => {})
  const begun = Date.now()
  const error = await rejection(newSandboxes({ engine: address, engineTimeout: LIMIT }).getOrCreate('a'), 'TIMEOUT')
  expect(Date.now() - begun).toBeGreaterThanOrEqual(LIMIT - 20)
  expect(Date.now() - begun).toBeLessThan(LIMIT + SLACK)
  expect(error.message).toContain(address)
  expect(error.hint).toBeTruthy()
})

test('an engine that answers headers and stalls is a TIMEOUT', async () => {
  const { address } = await fakeEngine((socket) => socket.write('HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 2\r\n\r\n'))
  const begun = Date.now()
  await rejection(newSandboxes({ engine: address, engineTimeout: LIMIT }).list(), 'TIMEOUT')
  expect(Date.now() - begun).toBeLessThan(LIMIT + SLACK)
})

test('an engine that answers one byte at a time for ever is a TIMEOUT', async () => {
  const { address } = await fakeEngine((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 1000000\r\n\r\n')
    const dripping = setInterval(() => socket.write('O'), 50)
    socket.on('close', () => clearInterval(dripping))
  })
  const begun = Date.now()
  await rejection(newSandboxes({ engine: address, engineTimeout: LIMIT }).list(), 'TIMEOUT')
  expect(Date.now() - begun).toBeLessThan(LIMIT + SLACK)
})

test.each([
  ['list', /GET \/containers\/json/],
  ['info', /GET \/containers\/[^/]+\/json/],
  ['isRunning', /GET \/containers\/[^/]+\/json/],
  ['getOrCreate', /GET \/containers\/[^/]+\/json/],
] as const)('an engine that hangs in the midst of %s is a TIMEOUT', async (method, stalled) => {
  const engine = await stallingEngine(stalled)
  const box = newSandboxes({ engine: engine.address, engineTimeout: LIMIT })
  const begun = Date.now()
  await rejection(method === 'list' ? box.list() : box[method]('a'), 'TIMEOUT')
  expect(Date.now() - begun).toBeLessThan(3 * LIMIT + SLACK)
})

test('a call to an engine that hangs can be aborted', async () => {
  const { address } = await fakeEngine(() => {})
  const begun = Date.now()
  await rejection(newSandboxes({ engine: address }).getOrCreate('a', { signal: AbortSignal.timeout(100) }), 'ABORTED')
  expect(Date.now() - begun).toBeLessThan(SLACK)
})

// Removing takes long by its nature, so its own deadline is far away.
test('a removal by an engine that hangs can be aborted', async () => {
  const { address } = await stallingEngine(/^DELETE/)
  const box = newSandboxes({ engine: address, engineTimeout: LIMIT })
  const begun = Date.now()
  await rejection(box.remove('a', { signal: AbortSignal.timeout(LIMIT) }), 'ABORTED')
  expect(Date.now() - begun).toBeLessThan(LIMIT + SLACK)
})

test('close ends the calls that wait for an engine that hangs', async () => {
  const { address, requests } = await stallingEngine(/^DELETE/)
  const box = newSandboxes({ engine: address })
  const call = rejection(box.remove('a'), 'CLOSED')
  await expect.poll(() => requests.some((request) => request.startsWith('DELETE'))).toBe(true)
  const begun = Date.now()
  await box.close()
  await call
  expect(Date.now() - begun).toBeLessThan(SLACK)
}, 15_000)

test('connections to an engine that does not answer do not pile up', async () => {
  const { address, connections } = await fakeEngine(() => {})
  const box = newSandboxes({ engine: address, engineTimeout: 50 })
  for (let attempt = 0; attempt < 30; attempt++) await rejection(box.list(), 'TIMEOUT')
  await expect.poll(() => connections.size).toBeLessThanOrEqual(1)
})

const ANSWERS: [string, string, string, RegExp][] = [
  ['HTML', response('200 OK', 'text/html', '<html><h1>It works!</h1></html>'), 'ENGINE_UNREACHABLE', /does not look like a Docker engine/],
  ['a redirect', response('301 Moved Permanently', 'text/html', '', 'Location: https://example.com/\r\n'), 'ENGINE_UNREACHABLE', /does not look like a Docker engine/],
  ['an OK that says no version', response('200 OK', 'text/plain', 'OK'), 'ENGINE_UNREACHABLE', /does not look like a Docker engine/],
  ['garbage', '\x00\x01\x02 garbage \xff\r\n\r\n', 'ENGINE_UNREACHABLE', /does not speak HTTP/],
  ['an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n', 'ENGINE_UNREACHABLE', /does not speak HTTP/],
  ['an error', response('500 Internal Server Error', 'application/json', '{"message":"the disk is full"}'), 'ENGINE_ERROR', /the disk is full/],
  ['an error without words', response('503 Service Unavailable', 'text/plain', ''), 'ENGINE_UNREACHABLE', /503/],
  ['a refusal', response('403 Forbidden', 'text/plain', 'no'), 'ENGINE_PERMISSION_DENIED', /403/],
]

test.each(ANSWERS)('an engine that answers with %s is an error at once', async (_, answer, code, message) => {
  const { address } = await fakeEngine((socket) => socket.end(answer, 'latin1'))
  const begun = Date.now()
  const error = await rejection(newSandboxes({ engine: address }).list(), code as 'ENGINE_UNREACHABLE')
  expect(Date.now() - begun).toBeLessThan(1000)
  expect(error.message).toMatch(message)
})

test('an engine that closes the connection is an error at once', async () => {
  const { address } = await fakeEngine((socket) => socket.destroy())
  const error = await rejection(newSandboxes({ engine: address }).list(), 'ENGINE_UNREACHABLE')
  expect(error.details).toMatchObject({ reason: 'cut' })
})

test('an engine that answers without end is an error, and memory stays', async () => {
  const { address } = await fakeEngine((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`
    const more = () => {
      while (!socket.destroyed && socket.write(chunk)) ;
    }
    socket.on('drain', more)
    more()
  })
  const before = process.memoryUsage().rss
  await rejection(newSandboxes({ engine: address, engineTimeout: 3000 }).list(), 'ENGINE_UNREACHABLE')
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
})

test('a list that is no JSON is an ENGINE_ERROR', async () => {
  const { address } = await fakeEngine((socket, received) => {
    const ping = received.startsWith('GET /_ping')
    socket.write(ping ? response('200 OK', 'text/plain', 'OK', 'Api-Version: 1.41\r\nOSType: linux\r\n') : response('200 OK', 'application/json', '<html>'))
  })
  await rejection(newSandboxes({ engine: address }).list(), 'ENGINE_ERROR')
})
