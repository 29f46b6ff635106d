import { expect, test } from 'vitest'
import { processes } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('200 commands that orphan their children leave no zombies', async () => {
  const { containerId } = await box.getOrCreate('a')
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 20 }, () => box.exec('a', '(sleep 0.01 &) ; (true &)')))
  }
  await expect.poll(() => processes(containerId), { timeout: 5000 }).toEqual([])
})
