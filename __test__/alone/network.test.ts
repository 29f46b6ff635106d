import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

const NAME = 'cofferdam'

test('a stopped sandbox whose network was removed starts on a new one', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.exec('a', 'echo installed > ~/file')
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  const { Id: old } = await docker.getNetwork(NAME).inspect()
  await docker.getNetwork(NAME).remove()
  const { stdout } = await box.exec('a', "cat ~/file; awk '$2 == \"00000000\" { print $1 }' /proc/net/route")
  expect(stdout).toBe('installed\neth0\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  expect((await docker.getNetwork(NAME).inspect()).Id).not.toBe(old)
})

test('many sandboxes at once, of two processes, make one network', async () => {
  const [one, two] = [newSandboxes(), newSandboxes()]
  await docker.getNetwork(NAME).remove()
  await Promise.all([one.getOrCreate('a'), one.getOrCreate('b'), two.getOrCreate('a'), two.getOrCreate('b')])
  expect(await docker.listNetworks({ filters: { name: [`^${NAME}$`] } })).toHaveLength(1)
})
