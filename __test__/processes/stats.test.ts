import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ memory: '256m', pids: 60, disk: '32m' })
const ID = 'a'

test('stats are those of the sandbox', async () => {
  await rejection(box.stats(ID), 'NOT_FOUND')
  await box.exec(ID, 'true')
  const before = await box.stats(ID)
  expect(before).toMatchObject({ memory: { limit: 256 * 2 ** 20, oomKills: 0 }, processes: 0 })
  expect(before.pids.limit).toBeGreaterThanOrEqual(60)
  const process = await box.spawn(ID, 'head -c 50000000 /dev/zero | tail -c 50000000 | sleep 1000')
  await box.exec(ID, 'head -c 10M /dev/urandom > file; for i in $(seq 200000); do :; done')
  await expect.poll(async () => (await box.stats(ID)).memory.used).toBeGreaterThan(30_000_000)
  const after = await box.stats(ID)
  expect(after.cpu.used! - before.cpu.used!).toBeGreaterThan(100)
  expect(after.cpu.throttled).toBeGreaterThan(0)
  expect(after.pids.used!).toBeGreaterThan(before.pids.used!)
  expect(after.disk.total).toBeLessThan(64 * 2 ** 20)
  expect(after.disk.used! - before.disk.used!).toBeGreaterThan(9_000_000)
  expect(after.memory.peak!).toBeGreaterThanOrEqual(after.memory.used!)
  expect(after.processes).toBe(1)
  await process.close()
})

test('stats are watched until the sandbox stops', async () => {
  await box.exec(ID, 'true')
  const process = await box.spawn(ID, 'while :; do :; done')
  const seen: (number | null)[] = []
  const watch = async () => {
    for await (const stats of box.watchStats(ID, { interval: 50 })) {
      seen.push(stats.cpu.load)
      if (seen.length === 8) await box.stop(ID)
    }
  }
  await expect(watch()).rejects.toMatchObject({ code: expect.stringMatching(/NOT_FOUND|SANDBOX_LOST/) })
  expect(seen[0]).toBeNull()
  expect(Math.max(...seen.slice(1).map(Number))).toBeGreaterThan(0.1)
  await process.close()
  expect(() => box.watchStats(ID, { interval: 1 })).toThrow(/at least 50 ms/)
})
