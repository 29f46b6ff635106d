import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'

const manager = newManager()

const state = async (id: string) => (await manager.getContainerStatus(id)).state

test('a container is made, started, stopped and removed', async () => {
  const id = await create(manager)
  expect(await state(id)).toBe('created')
  expect(await manager.startContainer(id)).toBe(true)
  expect(await state(id)).toBe('running')
  expect(await manager.stopContainer(id, { timeout: 1000 })).toBe(true)
  expect(await state(id)).toBe('exited')
  expect(await manager.removeContainer(id)).toBe(true)
  await rejection(manager.inspectContainer(id), 'NOT_FOUND')
})

test('what is so already is fine, and said', async () => {
  const id = await run(manager)
  expect(await manager.startContainer(id)).toBe(false)
  expect(await manager.unpauseContainer(id)).toBe(false)
  expect(await manager.pauseContainer(id)).toBe(true)
  expect(await manager.pauseContainer(id)).toBe(false)
  expect((await manager.getContainerStatus(id)).paused).toBe(true)
  expect(await manager.unpauseContainer(id)).toBe(true)
  expect(await manager.killContainer(id)).toBe(true)
  expect(await manager.wait(id)).toBe(137)
  expect(await manager.killContainer(id)).toBe(false)
  expect(await manager.stopContainer(id)).toBe(false)
  expect(await manager.removeContainer(id)).toBe(true)
  expect(await manager.removeContainer(id)).toBe(false)
})

test('a restart gives a new process, also of what was stopped', async () => {
  const id = await run(manager)
  const before = (await manager.getContainerStatus(id)).pid
  expect(await manager.restartContainer(id, 0)).toBe(true)
  const after = await manager.getContainerStatus(id)
  expect(after.running).toBe(true)
  expect(after.pid).not.toBe(before)
})

test('a signal reaches the first process', async () => {
  const id = await run(manager, { command: 'trap "exit 7" USR1; echo ready; while :; do sleep 0.1; done', init: false })
  for await (const { data } of manager.getContainerLogs(id, { follow: true })) if (data.includes('ready')) break
  await manager.killContainer(id, 'SIGUSR1')
  expect(await manager.wait(id)).toBe(7)
  expect(await manager.getContainerStatus(id)).toMatchObject({ state: 'exited', exitCode: 7, running: false })
})

test('what is not there is NOT_FOUND for every method', async () => {
  const none = `none-${randomUUID()}`
  const calls = [
    manager.startContainer(none),
    manager.stopContainer(none),
    manager.restartContainer(none),
    manager.pauseContainer(none),
    manager.unpauseContainer(none),
    manager.killContainer(none),
    manager.inspectContainer(none),
    manager.getContainerStatus(none),
    manager.getContainerStats(none),
    manager.getContainerLogs(none).next(),
    manager.wait(none),
    manager.exec(none, 'true'),
    manager.commit(none),
  ]
  await Promise.all(calls.map((call) => rejection(call, 'NOT_FOUND')))
})

test.each(['', '../x', 'a/b', 'a b', '-a', 'a\0', 'a?force=true', '%2e%2e'])('%j is no id', async (id) => {
  const error = await rejection(manager.inspectContainer(id), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe('id')
})

test('a container that runs is removed by force only', async () => {
  const id = await run(manager)
  await rejection(manager.removeContainer(id), 'CONFLICT')
  expect(await state(id)).toBe('running')
  expect(await manager.removeContainer(id, true)).toBe(true)
})

test('of ten removals at once one removes', async () => {
  const id = await run(manager)
  const removed = await Promise.all(Array.from({ length: 10 }, () => manager.removeContainer(id, { force: true })))
  expect(removed.filter(Boolean).length).toBeGreaterThanOrEqual(1)
  await rejection(manager.inspectContainer(id), 'NOT_FOUND')
})

test('of ten containers of one name one is made', async () => {
  const name = `cofferdam-test-${randomUUID()}`
  const made = await Promise.allSettled(Array.from({ length: 10 }, () => create(manager, { name })))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of made) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ALREADY_EXISTS', details: { name } })
})

test('a container is waited for, and the wait can be given up', async () => {
  const id = await run(manager, { command: 'sleep 1; exit 3' })
  const controller = new AbortController()
  const given = manager.wait(id, { signal: controller.signal })
  controller.abort()
  await rejection(given, 'ABORTED')
  expect(await manager.wait(id)).toBe(3)
})

test('a list shows what runs, or all, by filters', async () => {
  const label = `test.${randomUUID()}`
  const running = await run(manager, { labels: { [label]: '1' }, mounts: [{ type: 'tmpfs', target: '/t' }], ports: { 80: 0 } })
  const created = await create(manager, { labels: { [label]: '2' } })
  const ids = async (options: Parameters<typeof manager.listContainers>[0]) => (await manager.listContainers(options)).map(({ id }) => id)
  expect(await ids({ filters: { label } })).toEqual([running])
  expect((await ids({ all: true, filters: { label } })).sort()).toEqual([running, created].sort())
  expect(await ids({ all: true, filters: { label: [`${label}=2`] } })).toEqual([created])
  const [listed] = await manager.listContainers({ filters: { label } })
  expect(listed).toMatchObject({ id: running, image: 'ai-sandbox:latest', state: 'running', labels: { [label]: '1', 'cofferdam.managed': 'true' } })
  expect(listed?.ports[0]).toMatchObject({ host: '127.0.0.1', container: 80, protocol: 'tcp' })
})

test('pruning removes what was made here and does not run', async () => {
  const label = `test.${randomUUID()}`
  const running = await run(manager, { labels: { [label]: '' } })
  const ended = await create(manager, { labels: { [label]: '' } })
  const theirs = await docker.createContainer({ Image: 'ai-sandbox:latest', Labels: { [label]: '' } })
  expect((await manager.pruneContainers({ filters: { label: [label] } })).removed).toEqual([ended])
  expect((await manager.pruneContainers({ all: true, filters: { label: [label] } })).removed).toEqual([theirs.id])
  expect(await state(running)).toBe('running')
})

test('after close every call is CLOSED, also those under way', async () => {
  const other = newManager()
  const id = await run(manager)
  const [waiting, logs] = [other.wait(id), other.getContainerLogs(id, { follow: true }).next()]
  waiting.catch(() => {})
  logs.catch(() => {})
  await other.ping()
  await other.close()
  await Promise.all([waiting, logs, other.ping(), other.listContainers()].map((call) => rejection(call, 'CLOSED')))
})

test('an engine that is not there is found out by the first call', async () => {
  const nowhere = newManager({ engine: 'unix:///nonexistent.sock' })
  await rejection(nowhere.initialize(), 'ENGINE_UNREACHABLE')
  await rejection(nowhere.getContainerLogs('a').next(), 'ENGINE_UNREACHABLE')
})

test('the engine tells of itself', async () => {
  expect(await manager.initialize()).toMatchObject({ OSType: 'linux' })
  expect((await manager.version()).ApiVersion).toMatch(/^1\.\d+$/)
  expect(await manager.ping()).toBeGreaterThan(0)
})
