import { expect, test } from 'vitest'
import { DockerExecutor, DockerManager, DockerSandbox, SandboxManager } from '../../index.js'
import { rejection, thrown } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'
import { exportsOf, optionModules } from './sources.ts'

// JSON has no NaN and no infinity: as part of a JSON text, a limit of NaN would become null, which means no limit.
const NOT_NUMBERS = [NaN, Infinity, -Infinity]

interface Kind { is: (value: unknown) => boolean }

const modules = await Promise.all(optionModules().map(exportsOf))
const tables = modules.flatMap((exported) => Object.entries(exported).filter(([name]) => /^[A-Z_]+$/.test(name))) as [string, Record<string, Kind>][]
const numeric = tables.flatMap(([table, kinds]) => Object.entries(kinds).filter(([, kind]) => kind.is(20)).map(([option, kind]) => [`${table}.${option}`, kind] as const))

test('the numeric options are found', () => {
  expect(numeric.map(([name]) => name)).toEqual(expect.arrayContaining(['SANDBOX.memory', 'LIMITS.cpus', 'LOGS.since', 'WATCH.interval', 'COPY.maxBytes', 'RESTART.maximumRetryCount']))
})

test.each(numeric)('%s takes no NaN and no infinity', (_, kind) => {
  expect(NOT_NUMBERS.filter((value) => kind.is(value))).toEqual([])
})

const LIMITS = ['memory', 'cpus', 'cpuShares', 'pids', 'blkioWeight', 'disk']

test.each(LIMITS.flatMap((limit) => NOT_NUMBERS.map((value) => [limit, value] as const)))('no container is created with %s %s', async (limit, value) => {
  const error = await rejection(create(newManager(), { resourceLimits: { [limit]: value } }), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe(limit)
  expect(error.message).toContain(String(value))
})

test.each(NOT_NUMBERS)('%s is refused wherever a container takes a number', async (value) => {
  const manager = newManager()
  for (const [config, argument] of [
    [{ ports: { 80: value } }, 'ports'],
    [{ ports: { 80: { host: '127.0.0.1', port: value } } }, 'ports'],
    [{ mounts: [{ type: 'tmpfs' as const, target: '/t', size: value }] }, 'size'],
    [{ restartPolicy: { name: 'on-failure' as const, maximumRetryCount: value } }, 'maximumRetryCount'],
  ] as const) {
    const error = await rejection(create(manager, config as object), 'INVALID_ARGUMENT')
    expect(error.details?.argument).toBe(argument)
  }
})

test.each(NOT_NUMBERS)('%s is refused by constructors and calls', async (value) => {
  for (const name of ['idleTimeout', 'removeAfter', 'detachedGrace', 'cleanupInterval']) thrown(() => new DockerSandbox({ [name]: value }), 'INVALID_ARGUMENT')
  thrown(() => new SandboxManager({ memory: value }), 'INVALID_ARGUMENT')
  thrown(() => new DockerExecutor({ timeout: value }), 'INVALID_ARGUMENT')
  thrown(() => new DockerManager({ engineTimeout: value }), 'INVALID_ARGUMENT')
  const manager = newManager()
  const id = await run(manager)
  const calls = [
    async () => manager.stopContainer(id, value),
    async () => manager.exec(id, 'true', { timeout: value }),
    async () => manager.exec(id, 'true', { outputLimit: value }),
    async () => manager.getContainerLogs(id, { tail: value }).next(),
    async () => manager.getContainerLogs(id, { since: value }).next(),
    async () => manager.watchContainerStats(id, { interval: value }).next(),
    async () => manager.events({ until: value }).next(),
    async () => manager.listContainers({ filters: { exited: value } }),
  ]
  for (const call of calls) await rejection(call(), 'INVALID_ARGUMENT')
})

test('an interval longer than a timer takes is refused', async () => {
  const id = await run(newManager())
  await rejection(newManager().watchContainerStats(id, { interval: 2 ** 31 }).next(), 'INVALID_ARGUMENT')
})
