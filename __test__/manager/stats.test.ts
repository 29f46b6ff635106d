import { expect, test } from 'vitest'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { rejection } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'

const BUSY = `python3 -c "x = b'x' * 50_000_000
while True: pass"`

test.each(['cgroup', 'engine'])('a container that works is seen to, by the %s', async (source) => {
  const manager = newManager(source === 'engine' ? { engine: await engineOverTcp() } : {})
  const id = await run(manager, { command: BUSY, resourceLimits: { memory: '128m', pids: 20, cpus: 0.5 } })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await manager.getContainerStats(id)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const stats = await manager.getContainerStats(id)
  expect(stats).toMatchObject({ source, memory: { limit: 128 * 2 ** 20 }, pids: { limit: 20 } })
  expect(stats.cpuPercent).toBeGreaterThan(20)
  expect(stats.cpuPercent).toBeLessThan(90)
  expect(stats.memory.used).toBeGreaterThan(50_000_000)
  expect(stats.memory.used).toBeLessThan(128 * 2 ** 20)
  expect(stats.pids.used).toBeGreaterThanOrEqual(2)
  expect(stats.network?.received).toBeGreaterThanOrEqual(0)
})

test('traffic is counted', async () => {
  const manager = newManager()
  const id = await run(manager)
  const before = await manager.getContainerStats(id)
  await manager.exec(id, `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x' * 1000, ('172.17.0.1', 9)) for _ in range(100)]"`)
  const after = await manager.getContainerStats(id)
  expect((after.network?.sent ?? 0) - (before.network?.sent ?? 0)).toBeGreaterThan(100_000)
})

test('a container is watched until it ends', async () => {
  const manager = newManager()
  const id = await run(manager, { command: 'sleep 1', init: false })
  let looks = 0
  for await (const { cpuPercent } of manager.watchContainerStats(id, { interval: 100 })) {
    expect(cpuPercent).toBeGreaterThanOrEqual(0)
    looks++
  }
  expect(looks).toBeGreaterThan(2)
})

test('one that does not run has none', async () => {
  const manager = newManager()
  await rejection(manager.getContainerStats(await create(manager)), 'CONFLICT')
})

test.each([0, 5, Number.NaN])('an interval of %d is refused', async (interval) => {
  await rejection(newManager().watchContainerStats('a', { interval }).next(), 'INVALID_ARGUMENT')
})
