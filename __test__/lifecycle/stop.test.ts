import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { docker } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('a stopped sandbox keeps what is installed in it', async () => {
  const { containerId } = await box.getOrCreate('a')
  await box.exec('a', 'mkdir -p ~/.local/bin && printf "#!/bin/sh\\necho installed\\n" > ~/.local/bin/tool && chmod +x ~/.local/bin/tool; echo kept > file')
  await box.stop('a')
  expect((await docker.getContainer(containerId).inspect()).State.Status).toBe('exited')
  expect((await box.exec('a', '~/.local/bin/tool; cat file')).stdout).toBe('installed\nkept\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('stop is quick even if commands ignore signals', async () => {
  await box.exec('a', "trap '' TERM; (while :; do sleep 1; done) &")
  const begun = Date.now()
  await box.stop('a')
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('stop ends a running command', async () => {
  await box.getOrCreate('a')
  const { result } = await startCommand(box, 'a', 'echo begun; sleep 60')
  await box.stop('a')
  expect((await rejection(result, 'SANDBOX_LOST')).details).toMatchObject({ stdout: 'begun\n' })
})

test('stopping a stopped or missing sandbox succeeds', async () => {
  await box.stop('a')
  await box.stop('a')
  await box.stop('never-made')
  expect(await box.isRunning('never-made')).toBe(false)
})

test('commands issued during a stop run once the sandbox is started again', async () => {
  await box.getOrCreate('a')
  const stopped = box.stop('a')
  const [, result] = await Promise.all([stopped, box.exec('a', 'echo after')])
  expect(result.stdout).toBe('after\n')
})

test('a sandbox’s handle can stop it', async () => {
  const handle = await box.getOrCreate('a')
  await handle.stop()
  expect(await handle.isRunning()).toBe(false)
  expect((await handle.exec('echo again')).stdout).toBe('again\n')
  expect(await handle.isRunning()).toBe(true)
})
