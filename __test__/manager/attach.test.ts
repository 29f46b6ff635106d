import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { Attachment } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { collect, create, newManager, run } from '../support/manager.ts'

const manager = newManager()

/** Reads until the output has a text; what came by then. */
async function until(attachment: Attachment, text: string): Promise<string> {
  const output = attachment[Symbol.asyncIterator]()
  let all = ''
  while (!all.includes(text)) {
    const { value, done } = await output.next()
    if (done) throw new Error(`ended without ${text}: ${all}`)
    all += value.data
  }
  return all
}

async function all(attachment: Attachment) {
  const written = { stdout: '', stderr: '' }
  for await (const { stream, data } of attachment) written[stream] += data
  return written
}

test('what a container reads and writes goes through, with its streams apart', async () => {
  const id = await create(manager, { command: ['sh', '-c', 'echo begun; echo wrong >&2; cat; echo over; exit 3'], openStdin: true, stdinOnce: true })
  await using attachment = await manager.attach(id)
  await manager.startContainer(id)
  expect(await attachment.write('première\n')).toBe(true)
  expect(await attachment.write(new Uint8Array([100, 10]))).toBe(true)
  await attachment.end()
  expect(await all(attachment)).toEqual({ stdout: 'begun\npremière\nd\nover\n', stderr: 'wrong\n' })
  expect(await attachment.exitCode()).toBe(3)
})

test('megabytes go both ways, as fast as the slower end', async () => {
  const id = await create(manager, { command: ['sh', '-c', 'wc -c'], openStdin: true, stdinOnce: true })
  await using attachment = await manager.attach(id, { encoding: 'buffer' })
  await manager.startContainer(id)
  const piece = Buffer.alloc(256 * 1024, 'x')
  for (let count = 0; count < 40; count++) expect(await attachment.write(piece)).toBe(true)
  await attachment.end()
  const written: Buffer[] = []
  for await (const { data } of attachment) written.push(data)
  expect(Buffer.concat(written).toString().trim()).toBe(String(40 * piece.length))
})

test('a terminal has one stream and a size', async () => {
  const id = await create(manager, { command: ['sh', '-c', 'echo on stderr >&2; while read line; do stty size; done'], openStdin: true, tty: true })
  await using attachment = await manager.attach(id)
  await manager.startContainer(id)
  await attachment.resize({ cols: 101, rows: 37 })
  await attachment.write('\n')
  expect(await until(attachment, '37 101')).toContain('on stderr')
  for (const size of [{ cols: 0, rows: 1 }, { cols: 1.5, rows: 1 }, { cols: 1, rows: 70_000 }]) await rejection(attachment.resize(size), 'INVALID_ARGUMENT')
})

test('what was written before comes first, if asked for', async () => {
  const id = await run(manager, { command: ['sh', '-c', 'echo early; sleep 300'] })
  await expect.poll(async () => (await collect(manager.getContainerLogs(id))).length).toBe(1)
  await using attachment = await manager.attach(id, { logs: true, stdin: false })
  expect(await until(attachment, 'early')).toBe('early\n')
})

test('closing, leaving the loop and aborting end the connection and not the process', async () => {
  const id = await run(manager)
  const closed = await manager.attach(id)
  const pending = closed[Symbol.asyncIterator]().next()
  closed.close()
  expect(await pending).toEqual({ done: true, value: undefined })
  expect(await closed.write('x')).toBe(false)
  const controller = new AbortController()
  const aborted = await manager.attach(id, { signal: controller.signal })
  const waiting = aborted[Symbol.asyncIterator]().next()
  controller.abort()
  await rejection(waiting, 'ABORTED')
  expect((await manager.getContainerStatus(id)).running).toBe(true)
})

test('a signal that outlives its attachments keeps none of them', async () => {
  const { signal } = new AbortController()
  const id = await run(manager)
  for (let count = 0; count < 3; count++) (await manager.attach(id, { signal })).close()
  const process = await manager.startProcess(id, 'true', { signal })
  await collect(process)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('closing the manager ends all attachments', async () => {
  const own = newManager()
  const attachment = await own.attach(await run(manager))
  const pending = attachment[Symbol.asyncIterator]().next()
  await own.close()
  await rejection(pending, 'CLOSED')
})

test('a command of a running container has a terminal, an environment, a directory and a user', async () => {
  const id = await run(manager)
  await using shell = await manager.startProcess(id, ['sh'], { tty: true, env: { A: 'b', PS1: '# ' }, cwd: '/tmp', user: '0' })
  await shell.resize({ cols: 90, rows: 20 })
  await shell.write('echo "$A $PWD $(id -u) $(stty size) done"; exit 7\n')
  expect(await until(shell, 'done\r\n')).toContain('b /tmp 0 20 90 done')
  expect(await shell.exitCode()).toBe(7)
})

test('the input of a command without a terminal ends, and its streams are apart', async () => {
  const id = await run(manager)
  await using sort = await manager.startProcess(id, 'sort; echo e >&2')
  await sort.write('b\na\n')
  await sort.end()
  expect(await all(sort)).toEqual({ stdout: 'a\nb\n', stderr: 'e\n' })
  expect(await sort.exitCode()).toBe(0)
})

test('what can not be attached to is refused', async () => {
  await rejection(manager.attach('no-such-container'), 'NOT_FOUND')
  await rejection(manager.startProcess(await create(manager), 'true'), 'CONFLICT')
  await rejection(manager.startProcess(await run(manager), []), 'INVALID_ARGUMENT')
  const id = await run(manager)
  await rejection(manager.attach(id, { stdim: true } as never), 'INVALID_ARGUMENT')
})

test('limits and the restart policy of a container are changed', async () => {
  const id = await run(manager, { resourceLimits: { memory: '64m', pids: 50 } })
  expect(await manager.updateContainer(id, { resourceLimits: { memory: '128m', cpus: 0.5, cpuShares: 512, pids: 70 }, restartPolicy: { name: 'on-failure', maximumRetryCount: 2 } })).toEqual({ warnings: expect.any(Array) })
  const { HostConfig } = await manager.inspectContainer(id)
  expect(HostConfig).toMatchObject({ Memory: 128 * 2 ** 20, MemorySwap: 128 * 2 ** 20, NanoCpus: 5e8, CpuShares: 512, PidsLimit: 70, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } })
  await manager.updateContainer(id, { restartPolicy: 'no' })
  expect((await manager.inspectContainer(id)).HostConfig).toMatchObject({ Memory: 128 * 2 ** 20, PidsLimit: 70, RestartPolicy: { Name: 'no' } })
  for (const [update, argument] of [
    [{ resourceLimits: { memory: 1 } }, 'memory'],
    [{ resourceLimits: { disk: '1g' } }, 'disk'],
    [{ resourceLimits: { pid: 1 } }, 'pid'],
    [{ restartPolicy: 'sometimes' }, 'restartPolicy'],
    [{ env: {} }, 'env'],
  ] as const) expect((await rejection(manager.updateContainer(id, update as never), 'INVALID_ARGUMENT')).details?.argument).toBe(argument)
})
