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

test.each(CLASSES)('a block that is left closes its %s', async (_, open, call) => {
  const it = open()
  await it[Symbol.asyncDispose]()
  await rejection(call(it), 'CLOSED')
})

test('an error of a subclass is an instance of both, another error of the base only', () => {
  class OwnError extends SandboxError {}
  const [own, other] = [new OwnError('NOT_FOUND', 'own'), new SandboxError('NOT_FOUND', 'other')]
  expect([own instanceof OwnError, own instanceof SandboxError, other instanceof OwnError]).toEqual([true, true, false])
  expect(String(own)).toBe('SandboxError: own')
})

test('a name that is like nothing known gets no suggestion', () => {
  const options = { ['imag'.padEnd(80, 'e')]: 1 }
  expect(() => new DockerManager(options as never)).toThrow(/^(?!.*mean).*$/s)
  expect(() => new DockerManager({ engin: 'x' } as never)).toThrow(/engine/)
})

test('what an executor is given is checked', async () => {
  expect(() => new DockerExecutor({ images: { pyton: 'x' } as never })).toThrow(/pyton/)
  expect(() => new DockerExecutor({ logLevel: 'loud' as never })).toThrow(/loud/)
  const executor = new DockerExecutor({ images: { python: 'own-python:1' }, tasksDir: newDataDir(), logLevel: 'error' })
  await rejection(executor.executeBatch([], { concurrency: 0 }), 'INVALID_ARGUMENT')
  const { details } = await rejection(executor.execute('true', undefined, { runtime: 'python' }), 'IMAGE_NOT_FOUND')
  expect(details).toMatchObject({ image: 'own-python:1' })
  await executor.close()
})

test('options may stand in the place of what may be left out', async () => {
  await using sessions = new SandboxManager({ dataDir: newDataDir() })
  expect(await sessions.health({ signal: undefined })).toMatchObject({ healthy: true })
})

test('a time to stop in is checked', async () => {
  await rejection(newManager().stopContainer('none', -1), 'INVALID_ARGUMENT')
  await rejection(newManager().stopContainer('none', 3_600_001), 'INVALID_ARGUMENT')
})

test('what is aborted before it begins does not begin', async () => {
  const logs = newManager().getContainerLogs('none', { signal: AbortSignal.abort() })
  await rejection(logs.next(), 'ABORTED')
})

test('a sandbox writes its own files', async () => {
  const box = await newSandboxes().getOrCreate('own')
  await box.writeFile('file', 'text')
  expect(await box.readFile('file')).toBe('text')
})

test('a watch tells of an engine that went away', async () => {
  const watch = newManager({ engine: 'unix:///nonexistent.sock' }).watchContainerStats('none')
  await rejection(watch.next(), 'ENGINE_UNREACHABLE')
})

test('a listener that throws is told to those who listen for errors', async () => {
  await using sessions = new SandboxManager({ dataDir: newDataDir() })
  const errors: Error[] = []
  sessions.on('error', (error) => void errors.push(error as Error))
  sessions.on('session:created', () => {
    throw new Error('a listener’s')
  })
  await sessions.destroySession(await sessions.createSession())
  expect(errors.map(({ message }) => message)).toEqual(['a listener’s'])
})
