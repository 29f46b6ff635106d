import { expect, test } from 'vitest'
import { DockerExecutor, DockerManager, DockerSandbox, NetworkManager, SandboxError, SandboxManager, VolumeManager } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { newManager } from '../support/manager.ts'
import { newDataDir, newSandboxes } from '../support/sandboxes.ts'

const CLASSES: [string, () => AsyncDisposable, (it: any) => Promise<unknown>][] = [
  ['DockerSandbox', () => new DockerSandbox({ dataDir: newDataDir() }), (it) => it.list()],
  ['SandboxManager', () => new SandboxManager({ dataDir: newDataDir() }), (it) => it.listSessions()],
  ['DockerExecutor', () => new DockerExecutor({ tasksDir: newDataDir(), logLevel: 'error' }), (it) => it.execute('true')],
  ['DockerManager', () => new DockerManager(), (it) => it.ping()],
  ['VolumeManager', () => new VolumeManager(), (it) => it.list()],
  ['NetworkManager', () => new NetworkManager(), (it) => it.listTaskNetworks('none')],
]

test.each(CLASSES)('leaving an `await using` block closes its %s', async (_, open, call) => {
  const it = open()
  await it[Symbol.asyncDispose]()
  await rejection(call(it), 'CLOSED')
})

test('an error of a subclass is an instance of both classes, another error only of the base class', () => {
  class OwnError extends SandboxError {}
  const [own, other] = [new OwnError('NOT_FOUND', 'own'), new SandboxError('NOT_FOUND', 'other')]
  expect([own instanceof OwnError, own instanceof SandboxError, other instanceof OwnError]).toEqual([true, true, false])
  expect(String(own)).toBe('SandboxError: own')
})

test('an option that resembles no other gets no suggestion', () => {
  const options = { ['imag'.padEnd(80, 'e')]: 1 }
  expect(() => new DockerManager(options as never)).toThrow(/^(?!.*mean).*$/s)
  expect(() => new DockerManager({ engin: 'x' } as never)).toThrow(/engine/)
})

test('the options of an executor are checked', async () => {
  expect(() => new DockerExecutor({ images: { pyton: 'x' } as never })).toThrow(/pyton/)
  expect(() => new DockerExecutor({ logLevel: 'loud' as never })).toThrow(/loud/)
  const executor = new DockerExecutor({ images: { python: 'own-python:1' }, tasksDir: newDataDir(), logLevel: 'error' })
  await rejection(executor.executeBatch([], { concurrency: 0 }), 'INVALID_ARGUMENT')
  const { details } = await rejection(executor.execute('true', undefined, { runtime: 'python' }), 'IMAGE_NOT_FOUND')
  expect(details).toMatchObject({ image: 'own-python:1' })
  await executor.close()
})

test('options can take the place of an omitted argument', async () => {
  await using sessions = new SandboxManager({ dataDir: newDataDir() })
  expect(await sessions.health({ signal: undefined })).toMatchObject({ healthy: true })
})

test('the timeout of stopContainer is checked', async () => {
  await rejection(newManager().stopContainer('none', -1), 'INVALID_ARGUMENT')
  await rejection(newManager().stopContainer('none', 3_600_001), 'INVALID_ARGUMENT')
})

test('a call whose signal is already aborted does not start', async () => {
  const logs = newManager().getContainerLogs('none', { signal: AbortSignal.abort() })
  await rejection(logs.next(), 'ABORTED')
})

test('a handle writes and reads files of its sandbox', async () => {
  const box = await newSandboxes().getOrCreate('own')
  await box.writeFile('file', 'text')
  expect(await box.readFile('file')).toBe('text')
})

test('watching stats reports an unreachable engine', async () => {
  const watch = newManager({ engine: 'unix:///nonexistent.sock' }).watchContainerStats('none')
  await rejection(watch.next(), 'ENGINE_UNREACHABLE')
})

test('an error thrown by a listener is emitted as an error event', async () => {
  await using sessions = new SandboxManager({ dataDir: newDataDir() })
  const errors: Error[] = []
  sessions.on('error', (error) => void errors.push(error as Error))
  sessions.on('session:created', () => {
    throw new Error('a listener’s')
  })
  await sessions.destroySession(await sessions.createSession())
  expect(errors.map(({ message }) => message)).toEqual(['a listener’s'])
})
