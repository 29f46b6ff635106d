import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()

test('a container is created with all that was asked for', async () => {
  const network = await docker.createNetwork({ Name: `cofferdam-test-${randomUUID()}`, IPAM: { Config: [{ Subnet: '10.212.7.0/28' }] } })
  cleanUp(() => network.remove())
  const id = await run(manager, {
    healthCheck: { command: 'true', interval: 500, timeout: 1000, startPeriod: 100, retries: 2 },
    ulimits: { nofile: 4096, core: { soft: 0, hard: -1 } },
    shmSize: '8m',
    extraHosts: { 'db.example': '10.1.2.3', 'six.example': '::1' },
    sysctls: { 'net.core.somaxconn': '77' },
    stopTimeout: 1500,
    runtime: 'runc',
    logDriver: 'json-file',
    logOptions: { 'max-size': '1m' },
    devices: ['/dev/null', { source: '/dev/zero', target: '/dev/mine', permissions: 'r' }],
    network: network.id,
    aliases: ['other-name'],
    ipv4Address: '10.212.7.9',
  })
  cleanUp(() => docker.getContainer(id).remove({ force: true }).catch(() => {}))
  const inspected = await manager.inspectContainer(id)
  expect(inspected.Config).toMatchObject({ StopTimeout: 2, Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 500e6, Timeout: 1e9, StartPeriod: 100e6, Retries: 2 } })
  expect(inspected.HostConfig).toMatchObject({ Runtime: 'runc', LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } } })
  const script = 'ulimit -n; ulimit -Hc; df -k /dev/shm | tail -1 | awk "{print \\$2}"; cat /proc/sys/net/core/somaxconn; ls /dev/mine; getent hosts db.example six.example other-name | awk "{print \\$1}"'
  expect((await manager.exec(id, script)).stdout.split('\n')).toEqual(['4096', 'unlimited', '8192', '77', '/dev/mine', '10.1.2.3', '::1', '10.212.7.9', ''])
  await expect.poll(async () => (await manager.getContainerStatus(id)).health, { timeout: 10_000 }).toBe('healthy')
})

const WRONG: [object, string][] = [
  [{ healthCheck: { interval: 0 } }, 'healthCheck'],
  [{ healthCheck: { command: 'true', disabled: true } }, 'healthCheck'],
  [{ ulimits: { nofile: 'x' } }, 'ulimits'],
  [{ ulimits: { nofile: NaN } }, 'ulimits'],
  [{ ulimits: { nofile: { soft: 2, hard: 1 } } }, 'ulimits'],
  [{ ulimits: { 'no file': 1 } }, 'ulimits'],
  [{ shmSize: 'x' }, 'shmSize'],
  [{ extraHosts: { a: 'localhost' } }, 'extraHosts'],
  [{ extraHosts: { 'a b': '1.2.3.4' } }, 'extraHosts'],
  [{ stopTimeout: NaN }, 'stopTimeout'],
  [{ stopTimeout: -1 }, 'stopTimeout'],
  [{ logOptions: { a: 'b' } }, 'logOptions'],
  [{ devices: ['null'] }, 'devices'],
  [{ devices: [{ source: '/dev/null', permissions: 'x' }] }, 'devices'],
  [{ gpus: 'some' }, 'gpus'],
  [{ gpus: 0 }, 'gpus'],
  [{ aliases: ['a'] }, 'network'],
  [{ aliases: ['a'], network: 'host' }, 'network'],
  [{ network: 'x', ipv4Address: 'localhost' }, 'ipv4Address'],
  [{ network: 'x', ipv6Address: '1.2.3.4' }, 'ipv6Address'],
]

test.each(WRONG)('%j is refused', async (config, argument) => {
  expect((await rejection(create(manager, config), 'INVALID_ARGUMENT')).details?.argument).toBe(argument)
})

test('a check of health may be none, and graphics processors are asked for', async () => {
  const id = await create(manager, { healthCheck: { disabled: true }, gpus: ['0', '1'] })
  const { Config, HostConfig } = await manager.inspectContainer(id)
  expect(Config.Healthcheck).toEqual({ Test: ['NONE'] })
  expect(HostConfig.DeviceRequests).toMatchObject([{ DeviceIDs: ['0', '1'], Capabilities: [['gpu']] }])
})

test('a container is renamed, and its processes and changes are listed', async () => {
  const [name, other] = [`cofferdam-test-${randomUUID()}`, `cofferdam-test-${randomUUID()}`]
  const id = await run(manager, { command: ['sh', '-c', 'echo > /tmp/new; sleep 300'] })
  await create(manager, { name: other })
  await manager.renameContainer(id, name)
  expect((await manager.getContainerStatus(name)).id).toBe(id)
  expect((await rejection(manager.renameContainer(id, other), 'ALREADY_EXISTS')).details?.name).toBe(other)
  await rejection(manager.renameContainer(id, '-x'), 'INVALID_ARGUMENT')
  await rejection(manager.renameContainer(randomUUID(), 'x'), 'NOT_FOUND')
  const { titles, processes } = await manager.listProcesses(id, { psArguments: '-eo pid,args' })
  expect(titles).toEqual(['PID', 'COMMAND'])
  expect(processes.some(([, command]) => command?.includes('sleep 300'))).toBe(true)
  await expect.poll(async () => await manager.listChanges(id)).toContainEqual({ kind: 'added', path: '/tmp/new' })
  expect(await manager.listChanges(await create(manager))).toEqual([])
  await rejection(manager.listProcesses(await create(manager)), 'CONFLICT')
})

test('the history of an image and the use of the disk are told', async () => {
  const steps = await manager.imageHistory('ai-sandbox:latest')
  expect(steps.length).toBeGreaterThan(1)
  expect(steps[0]).toMatchObject({ id: expect.stringMatching(/^sha256:/), tags: expect.arrayContaining(['ai-sandbox:latest']), command: expect.any(String), size: expect.any(Number) })
  await rejection(manager.imageHistory('no-such-image:1'), 'NOT_FOUND')
  expect(await manager.diskUsage()).toMatchObject({ Images: expect.any(Array), LayersSize: expect.any(Number) })
})

test('any other request can be made', async () => {
  const id = await create(manager)
  expect(await manager.request('GET', '/_ping')).toBe('OK')
  expect(await manager.request('POST', `/containers/${id}/update`, { body: { CpuShares: 512 } })).toMatchObject({ Warnings: null })
  expect(await manager.request('GET', `/containers/${id}/json`, { query: { size: true } })).toMatchObject({ HostConfig: { CpuShares: 512 }, SizeRw: expect.any(Number) })
  expect(await manager.request('GET', '/containers/json', { query: { all: true, filters: { id: [id] } } })).toMatchObject([{ Id: id }])
  expect(await manager.request('DELETE', `/containers/${id}`)).toBeUndefined()
  await rejection(manager.request('GET', `/containers/${id}/json`), 'NOT_FOUND')
  for (const path of ['info', '/info?x', '/a b', '/a\n', '/é', '']) expect((await rejection(manager.request('GET', path), 'INVALID_ARGUMENT')).details?.argument).toBe('path')
  expect((await rejection(manager.request('PATCH' as 'GET', '/info'), 'INVALID_ARGUMENT')).details?.argument).toBe('method')
})
