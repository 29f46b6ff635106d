import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { breakable } from '../support/breakable-engine.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { fakeEngine, response } from '../support/fake-engine.ts'
import { collect, create, newManager, run } from '../support/manager.ts'

const manager = newManager()

const frame = (stream: number, text: string) => Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)])

test.each([false, true])('a log that the engine can’t read on ends with its words, after what came before (timestamps: %s)', async (timestamps) => {
  const { address } = await fakeEngine((socket, received) => {
    if (/ \/_ping/.test(received)) socket.write(response('200 OK', 'text/plain', 'OK', 'Api-Version: 1.41\r\nOstype: linux\r\n'))
    else if (/\/logs/.test(received)) socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'), frame(1, 'one\n'), frame(2, 'tw'), frame(3, 'error from daemon: log file gone\n')]))
    else socket.write(response('200 OK', 'application/json', '{"Config":{"Tty":false}}'))
  })
  const seen: string[] = []
  const reading = (async () => {
    for await (const { data } of newManager({ engine: address }).getContainerLogs('x', { timestamps })) seen.push(data)
  })()
  const error = await rejection(reading, 'ENGINE_ERROR')
  expect(error.message).toContain('error from daemon: log file gone')
  expect(error.details?.message).toBe('error from daemon: log file gone')
  expect(seen).toEqual(['one\n', 'tw'])
})

test('what was written before the connection broke is not lost', async () => {
  const id = await run(manager, { command: 'echo one; sleep 60' })
  const way = await breakable()
  const log = newManager({ engine: way.engine }).getContainerLogs(id, { follow: true })
  expect((await log.next()).value).toEqual({ stream: 'stdout', data: 'one\n' })
  const next = log.next()
  way.break()
  await rejection(next, 'ENGINE_UNREACHABLE')
  expect(await log.next()).toEqual({ done: true, value: undefined })
})

test('a stream that is aborted says so, and not that it was before the call began', async () => {
  const id = await run(manager)
  const opened: ((signal: AbortSignal) => AsyncGenerator<unknown>)[] = [
    (signal: AbortSignal) => manager.getContainerLogs(id, { follow: true, signal }),
    (signal: AbortSignal) => manager.events({ signal, filters: { container: 'none' } }),
    (signal: AbortSignal) => manager.watchContainerStats(id, { signal, interval: 60_000 }),
  ]
  for (const open of opened) {
    const controller = new AbortController()
    const items = open(controller.signal)
    const error = rejection(collect(items), 'ABORTED')
    setTimeout(() => controller.abort(new Error('mine')), 300)
    expect((await error).message).not.toContain('before')
    expect((await error).cause).toMatchObject({ message: 'mine' })
    expect(await items.next()).toEqual({ done: true, value: undefined })
  }
  const before = await rejection(manager.getContainerLogs(id, { signal: AbortSignal.abort() }).next(), 'ABORTED')
  expect(before.message).toContain('before')
})

const ITERATORS: [string, (manager: ReturnType<typeof newManager>, id: string) => AsyncGenerator<unknown>][] = [
  ['getContainerLogs', (manager, id) => manager.getContainerLogs(id, { follow: true })],
  ['getContainerLogs with times', (manager, id) => manager.getContainerLogs(id, { follow: true, timestamps: true, encoding: null })],
  ['events', (manager) => manager.events({ filters: { container: 'none' } })],
]

test.each(ITERATORS)('%s of a silent container closes its connection at once, whatever ends it', async (_, open) => {
  const id = await run(manager)
  const way = await breakable()
  const remote = newManager({ engine: way.engine })
  const connections = () => way.connections.size
  await remote.ping()
  await expect.poll(connections).toBe(0)
  const returned = open(remote, id)
  const pending = returned.next()
  await expect.poll(connections).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const begun = Date.now()
  expect(await returned.return(undefined)).toEqual({ done: true, value: undefined })
  expect(await pending).toEqual({ done: true, value: undefined })
  expect(Date.now() - begun).toBeLessThan(1000)
  await expect.poll(connections).toBe(0)
  const stream = Readable.from(open(remote, id))
  stream.on('data', () => {})
  await expect.poll(connections).toBeGreaterThan(0)
  stream.destroy()
  await expect.poll(connections).toBe(0)
  // Before it has begun, and while it begins.
  const unused = open(remote, id)
  await unused.return(undefined)
  expect(await unused.next()).toEqual({ done: true, value: undefined })
  const begins = open(remote, id)
  const first = begins.next()
  await begins.return(undefined)
  expect(await first).toEqual({ done: true, value: undefined })
  await expect.poll(connections).toBe(0)
})

test('stats that are watched end at once', async () => {
  const id = await run(manager)
  const stats = manager.watchContainerStats(id, { interval: 60_000 })
  expect((await stats.next()).done).toBe(false)
  const pending = stats.next()
  const begun = Date.now()
  await stats.return(undefined)
  expect(await pending).toEqual({ done: true, value: undefined })
  expect(Date.now() - begun).toBeLessThan(1000)
})

test('items that are asked for at once come in order', async () => {
  const id = await run(manager, { command: 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done', init: false })
  const log = manager.getContainerLogs(id, { follow: true, timestamps: true })
  const items = await Promise.all(Array.from({ length: 6 }, () => log.next()))
  expect(items.map(({ value }) => value?.data)).toEqual(['1\n', '2\n', '3\n', '4\n', '5\n', undefined])
})

test.each(['json-file', 'local'].flatMap((logDriver) => [true, false].map((tty) => ({ logDriver, tty }))))('a long line has one time: %j', async ({ logDriver, tty }) => {
  const id = await run(manager, { command: ['python3', '-c', "print('x' * 40000); print('y' * 16384); print('short')"], init: false, logDriver, tty })
  await manager.wait(id)
  const end = tty ? '\r\n' : '\n'
  const lines = await collect(manager.getContainerLogs(id, { timestamps: true }))
  const text = lines.map(({ data }) => data).join('')
  // Docker 20.10 drops the end of a long line under the log driver `local`, and then a terminal's lines can’t be told apart.
  if (logDriver === 'json-file') expect(lines.map(({ data }) => data)).toEqual([`${'x'.repeat(40_000)}${end}`, `${'y'.repeat(16_384)}${end}`, `short${end}`])
  else expect(text).toContain('x'.repeat(40_000))
  if (logDriver === 'json-file' || !tty) expect(lines.every(({ timestamp }) => /^\d{4}-\S+Z$/.test(timestamp ?? ''))).toBe(true)
})

test('a container that was never started has no exit code', async () => {
  const id = await create(manager)
  expect(await manager.getContainerStatus(id)).toMatchObject({ state: 'created', exitCode: null })
  const broken = await create(manager, { entrypoint: ['/no/such/program'], init: false })
  await docker.getContainer(broken).start().catch(() => {})
  expect(await manager.getContainerStatus(broken)).toMatchObject({ state: 'created', exitCode: 127, error: expect.stringContaining('/no/such/program') })
})
