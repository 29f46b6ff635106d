import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { collect, newManager, run } from '../support/manager.ts'

const manager = newManager()

/** A container that has ended. */
async function ended(command: string, config = {}): Promise<string> {
  const id = await run(manager, { command, init: false, ...config })
  await manager.wait(id)
  return id
}

test('both streams come apart, in their order', async () => {
  const id = await ended('echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three')
  expect(await collect(manager.getContainerLogs(id))).toEqual([
    { stream: 'stdout', data: 'one\n' },
    { stream: 'stderr', data: 'two\n' },
    { stream: 'stdout', data: 'three\n' },
  ])
  expect(await collect(manager.getContainerLogs(id, { stdout: false }))).toEqual([{ stream: 'stderr', data: 'two\n' }])
})

test.each([false, true])('every byte comes as it was written (tty: %s)', async (tty) => {
  const script = `import os,sys
if ${tty ? 'True' : 'False'}:
    import termios; a = termios.tcgetattr(1); a[1] &= ~termios.OPOST; termios.tcsetattr(1, termios.TCSANOW, a)
for _ in range(300): os.write(1, bytes(range(256)))`
  const id = await run(manager, { command: ['python3', '-c', script], logDriver: 'local', tty, init: false })
  expect(await manager.wait(id)).toBe(0)
  const chunks = await collect(manager.getContainerLogs(id, { encoding: null }))
  const expected = Buffer.concat(Array.from({ length: 300 }, () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))))
  expect(Buffer.concat(chunks.map(({ data }) => data)).equals(expected)).toBe(true)
  expect(new Set(chunks.map(({ stream }) => stream))).toEqual(new Set(['stdout']))
})

test('no character is ever cut', async () => {
  const id = await ended(`python3 -c "for _ in range(500): print('äöü€😀' * 100)"`, { logDriver: 'local' })
  const chunks = await collect(manager.getContainerLogs(id))
  expect(chunks.length).toBeGreaterThan(1)
  expect(chunks.map(({ data }) => data).join('')).toBe(`${'äöü€😀'.repeat(100)}\n`.repeat(500))
  for (const { data } of chunks) expect(data).not.toContain('\uFFFD')
})

test('a log is followed until the container ends', async () => {
  const id = await run(manager, { command: 'for i in 1 2 3; do echo $i; sleep 0.2; done' })
  const text = (await collect(manager.getContainerLogs(id, { follow: true }))).map(({ data }) => data).join('')
  expect(text).toBe('1\n2\n3\n')
})

test('tail, since and until choose', async () => {
  const id = await ended('echo old; sleep 1.2; echo new; echo newer')
  const [, middle] = await collect(manager.getContainerLogs(id, { timestamps: true }))
  expect(middle).toMatchObject({ stream: 'stdout', data: 'new\n' })
  const at = new Date(middle?.timestamp ?? '')
  const texts = async (options: object) => (await collect(manager.getContainerLogs(id, options))).map(({ data }) => data).join('')
  expect(await texts({ tail: 1 })).toBe('newer\n')
  expect(await texts({ tail: 0 })).toBe('')
  expect(await texts({ since: at })).toBe('new\nnewer\n')
  expect(await texts({ until: at.getTime() - 100 })).toBe('old\n')
})

test('leaving the loop closes the connection', async () => {
  const id = await run(manager, { command: 'while :; do echo x; sleep 0.05; done' })
  for await (const { data } of manager.getContainerLogs(id, { follow: true })) {
    expect(data).toContain('x')
    break
  }
  // An engine that still had a reader would not let go of the container's log so soon.
  expect(await manager.removeContainer(id, true)).toBe(true)
})

test('an abort ends a log that is silent', async () => {
  const id = await run(manager)
  const controller = new AbortController()
  const next = manager.getContainerLogs(id, { follow: true, signal: controller.signal }).next()
  setTimeout(() => controller.abort(), 200)
  await rejection(next, 'ABORTED')
})

test('nothing is read ahead of a slow reader', async () => {
  const id = await ended('head -c 50000000 /dev/zero | tr "\\\\0" x | fold -w 1000', { logDriver: 'local' })
  const before = process.memoryUsage.rss()
  const logs = manager.getContainerLogs(id, { encoding: null })
  const { value } = await logs.next()
  expect(value?.data.length).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(process.memoryUsage.rss() - before).toBeLessThan(20_000_000)
  let bytes = value?.data.length ?? 0
  for await (const { data } of logs) bytes += data.length
  expect(bytes).toBe(50_049_999)
})

test('a container whose log nobody keeps has none', async () => {
  const id = await ended('echo lost', { logDriver: 'none' })
  const outcome = await collect(manager.getContainerLogs(id)).catch((error) => error.code)
  // Engines differ: an error, or nothing.
  expect(['ENGINE_ERROR', []]).toContainEqual(outcome)
})

test('one that has printed nothing has an empty log', async () => {
  const container = await docker.createContainer({ Image: 'ai-sandbox:latest' })
  expect(await collect(manager.getContainerLogs(container.id))).toEqual([])
  await container.remove()
})

test('a character that the end of a log cuts off is shown as none, and its bytes are there', async () => {
  const id = await ended("printf 'a\\342\\202'", { logDriver: 'local' })
  const [text] = await collect(manager.getContainerLogs(id))
  const rest = await collect(manager.getContainerLogs(id))
  expect(rest.map(({ data }) => data).join('')).toBe('a\uFFFD')
  expect(text?.data).toBe('a')
  const bytes = await collect(manager.getContainerLogs(id, { encoding: null }))
  expect(Buffer.concat(bytes.map(({ data }) => data as Uint8Array))).toEqual(Buffer.from([0x61, 0xe2, 0x82]))
})
