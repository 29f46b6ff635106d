import { expect, test } from 'vitest'
import { docker, processes } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes()

const ENDS: [string, (containerId: string) => Promise<void>, string][] = [
  ['stopped', (id) => docker.getContainer(id).stop({ t: 1 }), 'exited'],
  ['killed', (id) => docker.getContainer(id).kill(), 'exited'],
  ['removed', (id) => docker.getContainer(id).remove({ force: true }), 'removed'],
]

test.each(ENDS)('a command whose sandbox is %s rejects with its output so far', async (fault, strike, container) => {
  const { containerId } = await box.getOrCreate(fault)
  const { result } = await startCommand(box, fault, 'echo partial; echo complaint >&2; sleep 60')
  const begun = Date.now()
  await strike(containerId)
  const error = await rejection(result, 'SANDBOX_LOST')
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect(error.details).toMatchObject({ stdout: 'partial\n', stderr: 'complaint\n', stdoutBytes: 8, stderrBytes: 10 })
  // A container exits before it is removed.
  expect(fault === 'removed' ? ['removed', 'gone', 'exited'] : [container]).toContain(error.details?.container)
  expect((await box.exec(fault, 'echo again')).stdout).toBe('again\n')
})

test('a lost command is not run a second time', async () => {
  const { containerId } = await box.getOrCreate('once')
  const { result } = await startCommand(box, 'once', 'echo run >> runs; echo; sleep 60')
  await docker.getContainer(containerId).kill()
  await rejection(result, 'SANDBOX_LOST')
  expect(await box.readFile('once', 'runs')).toBe('run\n')
})

test('a command settles by its deadline when its sandbox is paused', async () => {
  const { containerId } = await box.getOrCreate('paused')
  const begun = Date.now()
  const { result } = await startCommand(box, 'paused', 'echo partial; sleep 60', { timeout: 3000 })
  await docker.getContainer(containerId).pause()
  expect(await result).toMatchObject({ timedOut: true, exitCode: 124, stdout: 'partial\n' })
  expect(Date.now() - begun).toBeLessThan(3000 + 3000)
  expect((await box.exec('paused', 'echo again')).stdout).toBe('again\n')
  const { containerId: now } = await box.getOrCreate('paused')
  await expect.poll(() => processes(now), { timeout: 5000 }).toEqual([])
})

test('a command started in a paused sandbox runs', async () => {
  const { containerId } = await box.getOrCreate('asleep')
  await docker.getContainer(containerId).pause()
  expect((await box.exec('asleep', 'echo awake')).stdout).toBe('awake\n')
})

test.runIf(process.getuid?.() === 0)('killing the agent ends its command, and the next call works', async () => {
  const { containerId } = await box.getOrCreate('agent')
  const { result } = await startCommand(box, 'agent', 'echo partial; sleep 60')
  const { State } = await docker.getContainer(containerId).inspect()
  process.kill(State.Pid, 'SIGKILL')
  const error = await rejection(result, 'SANDBOX_LOST')
  expect(error.details).toMatchObject({ stdout: 'partial\n' })
  expect((await box.exec('agent', 'echo again')).stdout).toBe('again\n')
})

test.runIf(process.getuid?.() === 0)('a hanging agent does not delay a command past its deadline', async () => {
  const { containerId } = await box.getOrCreate('hung')
  const { State } = await docker.getContainer(containerId).inspect()
  const begun = Date.now()
  const { result } = await startCommand(box, 'hung', 'echo partial; sleep 60', { timeout: 1500 })
  process.kill(State.Pid, 'SIGSTOP')
  expect(await result).toMatchObject({ timedOut: true, exitCode: 124, stdout: 'partial\n' })
  expect(Date.now() - begun).toBeLessThan(1500 + 3000)
  expect((await box.exec('hung', 'echo again', { timeout: 20_000 })).stdout).toBe('again\n')
})
