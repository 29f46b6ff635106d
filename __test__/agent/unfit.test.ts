import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { editedEngine } from '../support/fake-engine.ts'
import { newDataDir, open } from '../support/sandboxes.ts'

test('a container in which the agent cannot kill a command is not used', async () => {
  // Without the capability, the agent's signals reach no command, as with AppArmor on some engines.
  const { address: engine } = await editedEngine((sent) => sent.replace('"KILL",', ' '.repeat('"KILL",'.length)))
  const box = open(newDataDir(), { engine, network: 'none' })
  const error = await rejection(box.exec('a', 'echo started'), 'ENGINE_UNSUPPORTED')
  expect(error.message).toMatch(/could not kill a command in it: signals to commands are refused: EPERM/)
  expect(error.hint).toContain('AppArmor')
  await rejection(box.writeFile('a', 'file', ''), 'ENGINE_UNSUPPORTED')
  // Nothing of it stays.
  expect(await box.list()).toEqual([])
})

test('the agent finds out once, before the first command, and leaves no process behind', async () => {
  const box = open(newDataDir(), { network: 'none' })
  const { containerId } = await box.getOrCreate('a')
  // The agent alone: no child that could not be killed, no zombie.
  await expect.poll(async () => (await docker.getContainer(containerId).top({ ps_args: 'aux' })).Processes.length).toBe(1)
  expect((await box.exec('a', 'setsid sleep 1000 & sleep 1000', { timeout: 300 })).timedOut).toBe(true)
  expect((await box.exec('a', 'pgrep -c sleep')).stdout).toBe('0\n')
  await box.remove('a')
})
