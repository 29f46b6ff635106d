import { expect, test } from 'vitest'
import { DockerExecutor } from '../../index.js'
import { count } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { cleanUp, newDataDir, newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2, network: 'none' })

/** Says what it was asked, works a little, and ends. */
const POLITE = (signal = 'TERM') => `trap 'echo asked; sleep 0.3; echo saved; exit 3' ${signal}; echo begun; while :; do sleep 0.05; done`

test('at the deadline, a command with a grace ends by itself, and its last output is in the result', async () => {
  const result = await box.exec('a', POLITE(), { timeout: 300, killGrace: 30_000 })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124, signal: null, stdout: 'begun\nasked\nsaved\n' })
})

test('an aborted command with a grace ends by itself, and its last output is in the error', async () => {
  const abort = new AbortController()
  const { result } = await startCommand(box, 'a', POLITE('INT'), { signal: abort.signal, killGrace: 30_000, killSignal: 'SIGINT' })
  abort.abort()
  const error = await rejection(result, 'ABORTED')
  expect(error.details).toMatchObject({ stdout: 'begun\nasked\nsaved\n' })
})

test('without a grace, nothing is asked', async () => {
  const result = await box.exec('a', POLITE(), { timeout: 300 })
  expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL', stdout: 'begun\n' })
})

test('what ignores the signal is killed when the grace is over, with everything that it started', async () => {
  const { containerId } = await box.getOrCreate('a')
  const stubborn = "trap '' TERM; (setsid sleep 3333 &); echo begun; sleep 3333"
  expect(await box.exec('a', stubborn, { timeout: 200, killGrace: 300 })).toMatchObject({ timedOut: true, signal: 'SIGKILL', stdout: 'begun\n' })
  expect(await count(containerId, 'sleep 3333')).toBe(0)
})

test('the result waits for all processes, not only for the first', async () => {
  const child = `(trap 'sleep 0.3; echo child saved; exit' TERM; while :; do sleep 0.05; done) & echo begun; wait`
  const result = await box.exec('a', child, { timeout: 300, killGrace: 30_000 })
  expect(result).toMatchObject({ timedOut: true, signal: 'SIGTERM', stdout: 'begun\nchild saved\n' })
})

test('a command that is stopped gets the signal, too', async () => {
  const result = await box.exec('a', `${POLITE().replace('while', 'kill -STOP $$; while')}`, { timeout: 300, killGrace: 30_000 })
  expect(result.stdout).toBe('begun\nasked\nsaved\n')
})

test('output beyond a pipe’s size that is written during the grace arrives', async () => {
  const result = await box.exec('a', `trap 'yes | head -c 300000; exit' TERM; while :; do sleep 0.05; done`, { timeout: 300, killGrace: 30_000, outputLimit: '1m' })
  expect(result.stdoutBytes).toBe(300_000)
})

test('a task on the host has a grace, too', async () => {
  const executor = new DockerExecutor({ isolation: 'host', tasksDir: newDataDir(), logLevel: 'silent' })
  cleanUp(() => executor.close())
  const result = await executor.execute(POLITE('USR1'), undefined, { timeout: 300, killGrace: 30_000, killSignal: 10 })
  expect(result).toMatchObject({ timedOut: true, stdout: 'begun\nasked\nsaved\n' })
})

const INVALID: [object, string][] = [
  ...[-1, NaN, Infinity, 60_001, '100', null].map((killGrace): [object, string] => [{ killGrace }, 'killGrace']),
  ...['TERM', 'SIGNOTHING', 0, 65, 1.5, null].map((killSignal): [object, string] => [{ killGrace: 1, killSignal }, 'killSignal']),
  [{ killSignal: 'SIGTERM' }, 'killSignal'],
  [{ killGrace: 0, killSignal: 'SIGTERM' }, 'killSignal'],
]

test.each(INVALID)('%j is rejected', async (options, argument) => {
  expect((await rejection(box.exec('a', 'true', options), 'INVALID_ARGUMENT')).details).toMatchObject({ argument })
})

test('the bounds are allowed', async () => {
  for (const options of [{ killGrace: 0 }, { killGrace: 60_000 }, { killGrace: 1, killSignal: 64 }, { killGrace: 0.5, killSignal: 'SIGKILL' as const }]) {
    expect((await box.exec('a', 'echo ok', options)).stdout).toBe('ok\n')
  }
})
