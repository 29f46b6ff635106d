import { expect, test } from 'vitest'
import { newDataDir, open } from '../support/sandboxes.ts'

/** Sandboxes that are idle after 300 ms. */
const impatient = (dataDir: string, options = {}) => open(dataDir, { idleTimeout: 300, cleanupInterval: 150, ...options })

test('a sandbox with a detached process is not idle, even if another owner started it', async () => {
  const dataDir = newDataDir()
  const first = impatient(dataDir)
  const process = await first.spawn('a', 'sleep 60', { detached: true })
  await process.close()
  await first.exec('b', 'true')
  await expect.poll(() => first.isRunning('b'), { timeout: 10_000 }).toBe(false)
  expect(await first.isRunning('a')).toBe(true)
  await first.close()
  const second = impatient(dataDir)
  await second.exec('b', 'true')
  await expect.poll(() => second.isRunning('b'), { timeout: 10_000 }).toBe(false)
  const again = await second.attach('a', process.id)
  expect(await again.kill('SIGKILL')).toBe(true)
  await again.close()
  await expect.poll(() => second.isRunning('a'), { timeout: 10_000 }).toBe(false)
})

test('a detached process that is old enough does not count, and none does without a grace', async () => {
  const box = impatient(newDataDir(), { detachedGrace: 0 })
  const process = await box.spawn('a', 'sleep 60', { detached: true })
  await process.close()
  await expect.poll(() => box.isRunning('a'), { timeout: 10_000 }).toBe(false)
})

test('a handle that is open is a use of its sandbox', async () => {
  const box = impatient(newDataDir())
  const process = await box.spawn('a', 'sleep 60')
  await box.exec('b', 'true')
  await expect.poll(() => box.isRunning('b'), { timeout: 10_000 }).toBe(false)
  expect(await box.isRunning('a')).toBe(true)
  await process.close()
  await expect.poll(() => box.isRunning('a'), { timeout: 10_000 }).toBe(false)
})
