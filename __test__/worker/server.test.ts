import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { containersOf } from '../support/docker.ts'
import { startScript } from '../support/node.ts'
import { cleanUp, namespace, newDataDir } from '../support/sandboxes.ts'
import { startGate, startTaskServer, startWorker } from '../support/worker.ts'

/** Tasks run on the host, which takes a tenth of the time: these tests are about the server. */
const HOST = { ENABLE_DOCKER: 'false' }

async function claimed(server: Awaited<ReturnType<typeof startTaskServer>>, id: string) {
  await expect.poll(async () => (await server.state(id)).state, { timeout: 20_000 }).toBe('claimed')
}

test('as many tasks run at once as allowed', async () => {
  const server = await startTaskServer()
  startWorker(server.url, ['--concurrency', '2'], HOST)
  const ids = await Promise.all(Array.from({ length: 3 }, () => server.add({ command: 'sleep 2' })))
  const states = async () => (await Promise.all(ids.map(server.state))).map(({ state }) => state).sort()
  await expect.poll(states, { timeout: 10_000 }).toEqual(['claimed', 'claimed', 'waiting'])
  for (const id of ids) expect(await server.result(id)).toMatchObject({ exitCode: 0, isolation: 'host' })
})

test('a result is kept while the server is away', async () => {
  const server = await startTaskServer()
  const gate = await startGate(server.url)
  const worker = startWorker(gate.url, ['--concurrency', '1'], HOST)
  const id = await server.add({ command: 'sleep 1; echo kept' })
  await claimed(server, id)
  gate.shut()
  await expect.poll(() => worker.output.stderr, { timeout: 20_000 }).toMatch(/Retrying: .+\n(.*\n)*.*Retrying: .+/)
  expect((await server.state(id)).state).toBe('claimed')
  await gate.open()
  expect(await server.result(id)).toMatchObject({ stdout: 'kept\n' })
  const next = await server.add({ command: 'echo next' })
  expect((await server.result(next)).stdout).toBe('next\n')
})

test('the worker retries an unreachable server with growing pauses', async () => {
  const server = await startTaskServer()
  const gate = await startGate(server.url)
  gate.shut()
  const worker = startWorker(gate.url, ['--concurrency', '1'], HOST)
  const attempts = () => [...worker.output.stderr.matchAll(/^\[(\S+)\] \[WARN\] Could not get a task/gm)].map(([, time]) => Date.parse(time ?? ''))
  await expect.poll(() => attempts().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(5)
  const times = attempts()
  expect((times[4] ?? 0) - (times[3] ?? 0)).toBeGreaterThan((times[1] ?? 0) - (times[0] ?? 0))
  await gate.open()
  const id = await server.add({ command: 'echo on' })
  expect((await server.result(id)).stdout).toBe('on\n')
})

test('SIGTERM finishes and reports running tasks, and takes no more', async () => {
  const server = await startTaskServer()
  const worker = startWorker(server.url, ['--concurrency', '2'])
  const running = await server.add({ command: 'sleep 2; echo finished' })
  await claimed(server, running)
  worker.child.kill('SIGTERM')
  await expect.poll(() => worker.output.stderr, { timeout: 20_000 }).toContain('Finishing')
  const waiting = await server.add({ command: 'echo never' })
  expect(await worker.exit).toMatchObject({ code: 0, signal: null })
  expect(await server.state(running)).toMatchObject({ state: 'finished', result: { stdout: 'finished\n', isolation: 'docker' } })
  expect((await server.state(waiting)).state).toBe('waiting')
})

test('an idle worker ends at once', async () => {
  const server = await startTaskServer()
  const worker = startWorker(server.url, ['--poll', '100000'], HOST)
  await expect.poll(() => worker.output.stderr, { timeout: 20_000 }).toContain('Taking tasks')
  worker.child.kill('SIGINT')
  expect(await worker.exit).toMatchObject({ code: 0, signal: null })
})

test('a second signal aborts running tasks, and nothing is left of them', async () => {
  const server = await startTaskServer()
  const tasksDir = newDataDir()
  const worker = startWorker(server.url, ['--tasks-dir', tasksDir])
  const id = await server.add({ command: 'sleep 60' })
  await expect.poll(async () => (await running(tasksDir)).length, { timeout: 20_000 }).toBe(1)
  worker.child.kill('SIGTERM')
  await expect.poll(() => worker.output.stderr, { timeout: 20_000 }).toContain('Finishing')
  worker.child.kill('SIGTERM')
  expect(await worker.exit).toMatchObject({ code: 1, signal: null })
  await expect.poll(() => running(tasksDir), { timeout: 10_000 }).toEqual([])
  expect((await server.state(id)).state).toBe('claimed')
})

/** The task containers of a worker with this directory for tasks. */
async function running(tasksDir: string): Promise<string[]> {
  try {
    const containers = await containersOf(namespace(tasksDir))
    return containers.map(({ State }) => State)
  } catch {
    return [] // It has created none yet.
  }
}

/** A server that answers as told, and the requests that it received. */
async function odd(answer: (request: IncomingMessage, reply: ServerResponse) => void) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, reply) => {
    requests.push(request)
    answer(request, reply)
  }).listen(0, '127.0.0.1')
  cleanUp(() => (server.closeAllConnections(), server.close()))
  await new Promise((resolve) => server.once('listening', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/** Sends a body that never ends. */
function flood(reply: ServerResponse) {
  const more = () => {
    while (!reply.destroyed && reply.write(Buffer.alloc(64 * 1024, ' '))) continue
  }
  reply.on('drain', more).on('error', () => {})
  more()
}

test.each<[string, (reply: ServerResponse) => void]>([
  ['is not JSON', (reply) => reply.end('<html>no\u001b[2J</html>')],
  ['is null', (reply) => reply.end('null')],
  ['is an array', (reply) => reply.end('[{"id": "a", "command": "true"}]')],
  ['has no id', (reply) => reply.end('{"command": "true"}')],
  ['has an id that is a path', (reply) => reply.end('{"id": "../../tasks", "command": "true"}')],
  ['has an id that is not a string', (reply) => reply.end('{"id": {"toString": 1}, "command": "true"}')],
  ['has an id of a megabyte', (reply) => reply.end(JSON.stringify({ id: 'x'.repeat(2 ** 20), command: 'true' }))],
  ['never ends', flood],
  ['is cut off', (reply) => (reply.writeHead(200, { 'content-length': '1000' }), reply.write('{"id": "a'), setTimeout(() => reply.destroy(), 50))],
  ['is a server error', (reply) => (reply.writeHead(500), reply.end('oops'))],
  ['is an authentication error', (reply) => (reply.writeHead(401), reply.end())],
  ['is a redirect loop', (reply) => (reply.writeHead(307, { location: '/circle' }), reply.end())],
])('a worker survives when the answer to its request for a task %s', async (_, answer) => {
  let claims = 0
  const server = await odd((request, reply) => {
    if (request.url === '/circle' || (request.url === '/tasks/claim' && (claims += 1) === 1)) answer(reply)
    else if (request.url === '/tasks/claim' && request.method === 'POST') reply.end('{"id": "good", "command": "echo well"}')
    else request.resume().on('end', () => reply.end())
  })
  const worker = startWorker(server.url, ['--concurrency', '1'], HOST)
  await expect.poll(() => server.requests.filter(({ method }) => method === 'PUT').map(({ url }) => url), { timeout: 30_000 }).toContain('/tasks/good/result')
  expect(worker.output.stderr).toMatch(/\[WARN\] Could not get a task: ./)
  expect(worker.output.stderr).not.toContain('\u001b')
  worker.child.kill('SIGKILL')
})

test('the token is sent only to the server', async () => {
  const elsewhere = await odd((_, reply) => reply.end('no archive'))
  let claims = 0
  const server = await odd((request, reply) => {
    if (request.url !== '/base/tasks/claim') request.resume().on('end', () => reply.end())
    else if ((claims += 1) === 1) reply.end(JSON.stringify({ id: 'a', command: 'true', archive: `${elsewhere.url}/archive.tar` }))
    else reply.writeHead(204).end()
  })
  startWorker(`${server.url}/base`, [], { ...HOST, WORKER_TOKEN: 'secret' })
  await expect.poll(() => server.requests.map(({ url }) => url), { timeout: 30_000 }).toContain('/base/tasks/a/result')
  expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer secret']))
  expect(elsewhere.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
})

test.each([[[]], [['--server']], [['--server', 'ftp://x']], [['--server', 'http://x', '--concurrency', '0']], [['--server', 'http://x', '--unknown']]])('wrong usage prints the usage: %j', async (args) => {
  const { code, stderr } = await startScript('examples/worker/worker-agent.js', args).exit
  expect(code).toBe(2)
  expect(stderr).toContain('usage: worker-agent.js --server URL')
})
