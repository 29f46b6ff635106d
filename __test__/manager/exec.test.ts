import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'

const manager = newManager()

test('a command has its streams, its exit code and its input', async () => {
  const id = await run(manager)
  expect(await manager.exec(id, 'cat; echo complaint >&2; exit 3', { stdin: 'input' })).toMatchObject({
    stdout: 'input',
    stderr: 'complaint\n',
    exitCode: 3,
    timedOut: false,
    survivors: false,
    truncated: false,
  })
  expect((await manager.exec(id, ['echo', '$HOME'])).stdout).toBe('$HOME\n')
  const { stdout } = await manager.exec(id, 'echo $A; pwd; id -u', { env: { A: '1' }, cwd: '/tmp', user: '1234' })
  expect(stdout).toBe('1\n/tmp\n1234\n')
})

test('every byte comes as it was written', async () => {
  const id = await run(manager)
  const { stdout } = await manager.exec(id, ['python3', '-c', 'import os; os.write(1, bytes(range(256)) * 100)'], { encoding: null })
  expect(stdout.equals(Buffer.concat(Array.from({ length: 100 }, () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))))).toBe(true)
})

test('a large input reaches the command whole', async () => {
  const id = await run(manager)
  const { stdout } = await manager.exec(id, 'wc -c', { stdin: Buffer.alloc(20_000_000, 'x') })
  expect(stdout.trim()).toBe('20000000')
})

test('output past the limit is counted, and its first and last half kept', async () => {
  const id = await run(manager)
  const result = await manager.exec(id, 'seq 100000', { outputLimit: 1000 })
  expect(result).toMatchObject({ truncated: true, stdoutBytes: 588_895 })
  expect(result.stdout.startsWith('1\n2\n3\n')).toBe(true)
  expect(result.stdout.endsWith('99999\n100000\n')).toBe(true)
  expect(result.stdout.length).toBeLessThan(1200)
})

test('a deadline ends the wait, and says what goes on', async () => {
  const id = await run(manager)
  const begun = Date.now()
  expect(await manager.exec(id, 'echo on; sleep 60', { timeout: 500 })).toMatchObject({
    stdout: 'on\n',
    exitCode: 124,
    timedOut: true,
    survivors: true,
  })
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('an abort ends the wait, with the output so far', async () => {
  const id = await run(manager)
  const controller = new AbortController()
  const running = manager.exec(id, 'echo on; sleep 60', { signal: controller.signal, onStdout: () => controller.abort() })
  const error = await rejection(running, 'ABORTED')
  expect(error.details).toMatchObject({ stdout: 'on\n', survivors: true })
})

test('listeners get output as it comes; one that throws ends the wait', async () => {
  const id = await run(manager)
  const pieces: string[] = []
  await manager.exec(id, 'echo a; sleep 0.2; echo b', { onStdout: (text: string) => void pieces.push(text) })
  expect(pieces).toEqual(['a\n', 'b\n'])
  const thrown = new Error('mine')
  await expect(manager.exec(id, 'echo a; sleep 60', { onStdout: () => { throw thrown } })).rejects.toBe(thrown)
})

test('a program that is not there was not started', async () => {
  const id = await run(manager)
  await rejection(manager.exec(id, ['/no/such/program']), 'COMMAND_NOT_STARTED')
})

test('a container that does not run runs nothing', async () => {
  await rejection(manager.exec(await create(manager), 'true'), 'CONFLICT')
  const paused = await run(manager)
  await manager.pauseContainer(paused)
  await rejection(manager.exec(paused, 'true'), 'CONFLICT')
  await manager.unpauseContainer(paused)
})

test.each([['', 'command'], [[], 'command'], [[1], 'command']])('%j is no command', async (command, argument) => {
  const id = await run(manager)
  const error = await rejection(manager.exec(id, command as string), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe(argument)
})
