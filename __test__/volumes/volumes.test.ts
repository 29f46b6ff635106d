import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { VolumeManager } from '../../index.js'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { stallingEngine, temporaryDirectory } from '../support/fake-engine.ts'
import { newManager, run } from '../support/manager.ts'
import { newTask, newVolumes } from '../support/networks.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()
const volumes = newVolumes()

/** A directory that anybody may write. */
function workspace(): string {
  const directory = path.join(temporaryDirectory(), 'workspace')
  mkdirSync(directory)
  chmodSync(directory, 0o777)
  return directory
}

/** The name of a volume that is removed afterwards. */
function name(): string {
  const made = `cofferdam-test-${randomUUID()}`
  cleanUp(() => docker.getVolume(made).remove().catch(() => {}))
  return made
}

test('a task has its workspace and what it remembers', async () => {
  const task = newTask()
  const directory = workspace()
  const mounts = [await volumes.mountWorkspace(task, directory), await volumes.mountTaskMemory(task)]
  expect(mounts.map(({ type, target, readOnly }) => [type, target, readOnly])).toEqual([
    ['volume', '/workspace', false],
    ['volume', '/memory', false],
  ])
  const first = await run(manager, { mounts, user: '0' })
  expect((await manager.exec(first, 'echo file > /workspace/a && echo thought > /memory/b')).exitCode).toBe(0)
  expect(readFileSync(path.join(directory, 'a'), 'utf8')).toBe('file\n')
  await manager.removeContainer(first, true)
  // Another process would find the same.
  const other = newVolumes()
  expect(await other.mountTaskMemory(task)).toEqual(mounts[1])
  expect(await other.mountWorkspace(task, directory)).toEqual(mounts[0])
  const listed = await other.listTaskVolumes(task)
  expect(listed.map(({ kind, path: place }) => [kind, place]).sort()).toEqual([['memory', null], ['workspace', directory]])
  const second = await run(manager, { mounts, user: '0' })
  expect((await manager.exec(second, 'cat /memory/b')).stdout).toBe('thought\n')
  await manager.removeContainer(second, true)
})

test('unmounting leaves what the task remembers; cleaning up leaves only the host’s files', async () => {
  const [task, other] = [newTask(), newTask()]
  const directory = workspace()
  writeFileSync(path.join(directory, 'a'), 'kept')
  await volumes.mountWorkspace(task, directory)
  const { source } = await volumes.mountTaskMemory(task)
  const theirs = await volumes.mountTaskMemory(other)
  expect(await volumes.unmountVolumes(task)).toHaveLength(1)
  expect(await volumes.listTaskVolumes(task)).toMatchObject([{ name: source, kind: 'memory' }])
  await volumes.mountWorkspace(task, directory)
  expect((await volumes.cleanupTaskVolumes(task)).sort()).toHaveLength(2)
  expect(await volumes.listTaskVolumes(task)).toEqual([])
  expect(await volumes.cleanupTaskVolumes(task)).toEqual([])
  expect(readFileSync(path.join(directory, 'a'), 'utf8')).toBe('kept')
  expect(await volumes.listTaskVolumes(other)).toMatchObject([{ name: theirs.source }])
})

test('what a container has is not removed', async () => {
  const task = newTask()
  const container = await run(manager, { mounts: [await volumes.mountTaskMemory(task)] })
  await rejection(volumes.cleanupTaskVolumes(task), 'CONFLICT')
  await manager.removeContainer(container, true)
  expect(await volumes.cleanupTaskVolumes(task)).toHaveLength(1)
})

test('a task has one workspace', async () => {
  const task = newTask()
  const [one, two] = [workspace(), workspace()]
  await volumes.mountWorkspace(task, one)
  expect((await rejection(volumes.mountWorkspace(task, two), 'CONFLICT')).details?.path).toBe(one)
  await volumes.unmountVolumes(task)
  await volumes.mountWorkspace(task, two)
})

test('a path is taken with its links resolved, and none that gives the host away', async () => {
  const task = newTask()
  const directory = workspace()
  const links = temporaryDirectory()
  for (const [link, target] of Object.entries({ good: directory, root: '/', run: '/run', socket: '/var/run/docker.sock' })) {
    symlinkSync(target, path.join(links, link))
  }
  writeFileSync(path.join(links, 'file'), '')
  const bad = ['/', '/proc', '/var', '/run', '/var/run', '/var/run/docker.sock', '/no/such/directory', '', `${links}/root`, `${links}/run`, `${links}/socket`, `${links}/file`]
  for (const place of bad) {
    expect((await rejection(volumes.mountWorkspace(task, place), 'INVALID_ARGUMENT')).details?.argument).toBe('workspacePath')
  }
  await volumes.mountWorkspace(task, `${links}/good`)
  expect((await volumes.listTaskVolumes(task))[0]?.path).toBe(directory)
})

test('any volume is made, seen, listed and removed', async () => {
  const wanted = name()
  expect(await volumes.create({ name: wanted, labels: { 'test.label': 'yes' } })).toMatchObject({ name: wanted, driver: 'local' })
  expect(await volumes.inspect(wanted)).toMatchObject({ name: wanted, labels: { 'test.label': 'yes', 'cofferdam.managed': 'true' } })
  expect((await volumes.list({ filters: { name: wanted } })).map(({ name: listed }) => listed)).toEqual([wanted])
  expect((await volumes.create(wanted)).name).toBe(wanted)
  expect(await volumes.remove(wanted)).toBe(true)
  expect(await volumes.remove(wanted)).toBe(false)
  expect(await volumes.remove(wanted, { force: true })).toBe(false)
  await rejection(volumes.inspect(wanted), 'NOT_FOUND')
})

test('pruning removes what was made here and no container has', async () => {
  const label = `test.${randomUUID()}`
  const [used, unused, theirs] = [name(), name(), name()]
  await volumes.create({ name: used, labels: { [label]: '' } })
  await volumes.create({ name: unused, labels: { [label]: '' } })
  await docker.createVolume({ Name: theirs, Labels: { [label]: '' } })
  const container = await run(manager, { mounts: [{ type: 'volume', source: used, target: '/v' }] })
  expect((await volumes.prune({ filters: { label: [label] } })).removed).toEqual([unused])
  expect((await volumes.prune({ all: true, filters: { label: [label] } })).removed).toEqual([theirs])
  await manager.removeContainer(container, true)
})

test.each(['', '../x', 'a b'])('%j is no task and no volume', async (bad) => {
  await rejection(volumes.mountTaskMemory(bad), 'INVALID_ARGUMENT')
  await rejection(volumes.mountWorkspace(bad, '/tmp'), 'INVALID_ARGUMENT')
  await rejection(volumes.listTaskVolumes(bad), 'INVALID_ARGUMENT')
  await rejection(volumes.inspect(bad), 'INVALID_ARGUMENT')
})

test('an engine that does not answer is a TIMEOUT', async () => {
  const { address } = await stallingEngine(/\/volumes/)
  await rejection(newVolumes({ engine: address, engineTimeout: 300 }).list(), 'TIMEOUT')
})

test('the process has one of its own', async () => {
  const one = VolumeManager.getInstance()
  expect(VolumeManager.getInstance()).toBe(one)
  await one.close()
  await rejection(one.list(), 'CLOSED')
  expect(existsSync('/var/run/docker.sock')).toBe(true)
})
