import { expect, test } from 'vitest'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { count, docker } from '../support/docker.ts'
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

test('stop gives processes the time to end, and ends as soon as all have', async () => {
  const patient = newSandboxes({ cpus: 2, stopTimeout: 60_000 })
  const { containerId } = await patient.getOrCreate('a')
  await patient.exec('a', "(trap 'sleep 1; echo saved > file; exit' TERM; while :; do sleep 0.05; done) > log &")
  await patient.stop('a')
  // Had the engine lost its patience, this would be 137.
  expect((await docker.getContainer(containerId).inspect()).State.ExitCode).toBe(0)
  expect((await patient.exec('a', 'cat file')).stdout).toBe('saved\n')
})

test('what ignores the signal is killed after stopTimeout', async () => {
  const impatient = newSandboxes({ cpus: 2, stopTimeout: 1000 })
  const { containerId } = await impatient.getOrCreate('a')
  await impatient.exec('a', "(trap '' TERM; while :; do sleep 0.05; done) &")
  await impatient.stop('a')
  expect((await docker.getContainer(containerId).inspect()).State.ExitCode).toBe(137)
})

test('stop waits for a process that was started from outside', async () => {
  const { containerId } = await box.getOrCreate('a')
  const line = "trap 'sleep 1; echo saved > /workspace/outside; exit' TERM; while :; do sleep 0.05; done"
  const outside = await docker.getContainer(containerId).exec({ Cmd: ['sh', '-c', line], User: '1000:1000' })
  await outside.start({ Detach: true })
  await expect.poll(() => count(containerId, 'echo saved')).toBe(1)
  await box.stop('a')
  expect((await box.exec('a', 'cat outside')).stdout).toBe('saved\n')
})

test('stop ends a running command', async () => {
  await box.getOrCreate('a')
  const { result } = await startCommand(box, 'a', 'echo begun; sleep 60')
  await box.stop('a')
  expect((await rejection(result, 'SANDBOX_LOST')).details).toMatchObject({ stdout: 'begun\n' })
})

test.each(['directly', 'over a bridge'])('a command that ends by itself during the stop has a result (%s)', async (way) => {
  const own = newSandboxes({ cpus: 2, ...(way === 'over a bridge' && { engine: await engineOverTcp() }) })
  await own.getOrCreate('a')
  const { result } = await startCommand(own, 'a', "trap 'sleep 1; echo saved; exit 3' TERM; echo begun; while :; do sleep 0.05; done")
  await own.stop('a')
  expect(await result).toMatchObject({ stdout: 'begun\nsaved\n', exitCode: 3 })
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
