import { expect, test } from 'vitest'
import { agentVolume, inVolume } from '../support/agent.ts'
import { docker } from '../support/docker.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

test.each([
  ['empty', 'rm -rf /volume/*'],
  ['without its mark of being whole', 'rm /volume/complete /volume/agent'],
])('an agent’s volume that is %s is filled again for a new sandbox', async (_, damage) => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('first')
  const volume = await agentVolume(containerId)
  await box.remove('first')
  await inVolume(volume, damage)
  expect((await box.exec('second', 'echo alive')).stdout).toBe('alive\n')
  expect((await inVolume(volume, 'cd /volume && echo *')).toString()).toBe('agent complete\n')
  await box.remove('second')
})

test('an agent’s volume that was emptied is filled again for a sandbox that was stopped', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.exec('a', 'echo installed > ~/file')
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  await inVolume(await agentVolume(containerId), 'rm -rf /volume/*')
  expect((await box.exec('a', 'cat ~/file')).stdout).toBe('installed\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('an agent’s volume that is removed is made again', async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  const volume = await agentVolume(containerId)
  await box.remove('a')
  // Others that use it would keep it.
  await docker.getVolume(volume).remove()
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
})
