import { once } from 'node:events'
import http from 'node:http'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

// Without a network: everything goes over the agent's link.
const box = newSandboxes({ network: 'none' })
const ID = 'a'

const SERVER = `
const http = require('http'), crypto = require('crypto')
const server = http.createServer((request, response) => {
  if (request.url === '/redirect') return response.writeHead(302, { location: 'http://elsewhere.example/' }).end()
  if (request.url === '/empty') return response.writeHead(204).end()
  if (request.url === '/big') { const piece = Buffer.alloc(65536, 'x'); let left = 800; const more = () => { while (left-- > 0) if (!response.write(piece)) return response.once('drain', more); response.end() }; return more() }
  if (request.url === '/slow') return
  const parts = []
  request.on('data', (part) => parts.push(part)).on('end', () => response.writeHead(200, { 'x-host': request.headers.host, 'set-cookie': ['a=1', 'b=2'] }).end(request.method + ' ' + request.url + ' ' + Buffer.concat(parts)))
})
server.on('upgrade', (request, socket) => {
  const accept = crypto.createHash('sha1').update(request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11').digest('base64')
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  socket.on('data', (data) => socket.write(data))
})
server.listen(+process.argv[1], process.argv[2])
`

const serve = async (port: number, address = '127.0.0.1') => {
  const server = await box.spawn(ID, ['node', '-e', SERVER, `${port}`, address])
  await server.waitForPort(port)
  return server
}

test('ports says who listens where', async () => {
  const server = await serve(3000)
  expect(await box.ports(ID)).toEqual([{ port: 3000, address: '127.0.0.1', pid: server.pid, command: expect.stringMatching(/^node -e/) }])
  await server.close()
  await expect.poll(() => box.ports(ID)).toEqual([])
  expect(await box.ports('never-made')).toEqual([])
})

test('fetch talks to a server, whatever address it listens on', async () => {
  for (const [port, address] of [[3001, '127.0.0.1'], [3002, '0.0.0.0'], [3003, '::']] as const) {
    const server = await serve(port, address)
    const response = await box.fetch(ID, port, '/path?q=1', { method: 'POST', body: 'hello' })
    expect(await response.text()).toBe('POST /path?q=1 hello')
    expect(response.headers.get('x-host')).toBe(`localhost:${port}`)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    await server.close()
  }
})

test('fetch has redirects, empty and large answers, and can be aborted', async () => {
  const server = await serve(3010)
  expect((await box.fetch(ID, 3010, '/redirect')).status).toBe(302)
  expect((await box.fetch(ID, 3010, '/empty')).status).toBe(204)
  expect((await (await box.fetch(ID, 3010, '/big')).arrayBuffer()).byteLength).toBe(800 * 65_536)
  await rejection(box.fetch(ID, 3010, '/slow', { signal: AbortSignal.timeout(200) }), 'ABORTED')
  await rejection(box.fetch(ID, 3010, 'nonsense'), 'INVALID_ARGUMENT')
  await server.close()
  await rejection(box.fetch(ID, 3010), 'NOT_FOUND')
})

test('a connection is a stream in both directions, each with its own end', async () => {
  const server = await box.spawn(ID, ['node', '-e', "require('net').createServer({ allowHalfOpen: true }, (socket) => { const parts = []; socket.on('data', (part) => parts.push(part)).on('end', () => socket.end('you said ' + Buffer.concat(parts))) }).listen(3020)"])
  await server.waitForPort(3020)
  const connection = await box.connect(ID, 3020)
  connection.end('goodbye')
  expect(await text(connection)).toBe('you said goodbye')
  await rejection(box.connect(ID, 0), 'INVALID_ARGUMENT')
  await rejection(box.connect(ID, 65_536), 'INVALID_ARGUMENT')
  await rejection(box.connect('never-made', 80), 'NOT_FOUND')
  await server.close()
})

test('a connection that is destroyed is closed for the server, too', async () => {
  const server = await box.spawn(ID, ['node', '-e', "require('net').createServer((socket) => { socket.write('hello'); socket.on('close', () => console.log('closed')).on('error', () => {}) }).listen(3030)"])
  await server.waitForPort(3030)
  const connection = await box.connect(ID, 3030)
  await once(connection, 'data')
  connection.destroy()
  expect(await server.waitForOutput('closed')).toBe('closed')
  await server.close()
})

test('a tunnel serves browsers and WebSockets, and survives its server', async () => {
  const tunnel = await box.tunnel(ID, 3040)
  await expect(fetch(tunnel.url)).rejects.toThrow()
  const first = await serve(3040)
  expect(await (await fetch(`${tunnel.url}/one`)).text()).toBe('GET /one ')
  await first.close()
  const second = await serve(3040)
  expect(await (await fetch(`${tunnel.url}/two`)).text()).toBe('GET /two ')
  const request = http.request(tunnel.url, { headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' } })
  request.end()
  const [response, socket] = await once(request, 'upgrade')
  expect(response.headers['sec-websocket-accept']).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  socket.write('ping')
  expect(String((await once(socket, 'data'))[0])).toBe('ping')
  await rejection(box.tunnel(ID, 80, { hostPort: tunnel.port }), 'CONFLICT')
  const closed = once(socket, 'close')
  await tunnel.close()
  await closed
  await expect(fetch(tunnel.url)).rejects.toThrow()
  await second.close()
})

test('many connections at once do not keep commands waiting', async () => {
  const server = await serve(3050)
  const connections = await Promise.all(Array.from({ length: 300 }, () => box.connect(ID, 3050)))
  expect((await box.exec(ID, 'echo ok')).stdout).toBe('ok\n')
  for (const connection of connections) connection.destroy()
  await server.close()
})

test('waiting for a port ends with the process, with the deadline or with the signal', async () => {
  const process = await box.spawn(ID, 'exit 1')
  await rejection(process.waitForPort(3999), 'CONFLICT')
  await rejection(box.waitForPort(ID, 3999, { timeout: 100 }), 'TIMEOUT')
  await rejection(box.waitForPort(ID, 3999, { signal: AbortSignal.timeout(100) }), 'ABORTED')
})
