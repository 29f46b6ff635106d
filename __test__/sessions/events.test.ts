import { expect, test } from 'vitest'
import type { SandboxManager } from '../../index.js'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { newManager, openManager, startSessionCommand } from '../support/sessions.ts'

const EVENTS = [
  'session:created',
  'session:started',
  'session:stopped',
  'session:destroyed',
  'session:idle',
  'session:unhealthy',
  'command:started',
  'command:finished',
  'cleanup:finished',
] as const

/** Records all events from now on, with their payloads. */
function record(manager: SandboxManager): [string, Record<string, unknown>][] {
  const events: [string, Record<string, unknown>][] = []
  for (const name of EVENTS) manager.on(name, (event: object) => void events.push([name, { ...event }]))
  return events
}

test('the life of a session emits its events in order', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession({ metadata: { n: 1 } })
  await manager.executeCommand(sessionId, 'exit 3')
  await manager.stopSession(sessionId)
  await manager.destroySession(sessionId)
  expect(events.map(([name]) => name)).toEqual([
    'session:created',
    'session:started',
    'command:started',
    'command:finished',
    'session:stopped',
    'session:destroyed',
  ])
  expect(events.every(([, event]) => event.sessionId === sessionId)).toBe(true)
  expect(events[0]?.[1]).toMatchObject({ metadata: { n: 1 } })
  expect(events[3]?.[1]).toMatchObject({ command: 'exit 3', result: { exitCode: 3 } })
})

/** The sessions started since the last call. */
function takeStarts(events: [string, Record<string, unknown>][]): unknown[] {
  return events.splice(0).filter(([name]) => name === 'session:started').map(([, event]) => event.sessionId)
}

/** Calls that may wake a session. Their results do not matter. */
const CALLS: [string, (manager: SandboxManager, sessionId: string) => Promise<unknown>][] = [
  ['executeCommand', (manager, id) => manager.executeCommand(id, 'true')],
  ['executeCommand of a missing program', (manager, id) => manager.executeCommand(id, ['/no/such'])],
  ['writeFile', (manager, id) => manager.writeFile(id, 'a', 'text')],
  ['readFile', (manager, id) => manager.readFile(id, 'a')],
  ['readFile of a missing file', (manager, id) => manager.readFile(id, 'missing')],
  ['listFiles', (manager, id) => manager.listFiles(id)],
  ['deleteFile', (manager, id) => manager.deleteFile(id, 'a')],
  ['copyTo', (manager, id) => manager.copyTo(id, import.meta.filename, 'copy')],
  ['copyFrom of a missing file', (manager, id) => manager.copyFrom(id, 'missing', '/tmp/cofferdam-missing')],
  ['startSession', (manager, id) => manager.startSession(id)],
]

test('every call that wakes a session emits session:started once', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  const { containerId } = await manager.getSession(sessionId)
  expect(events.splice(0).find(([name]) => name === 'session:started')?.[1]).toEqual({ sessionId, containerId })
  for (const [name, call] of CALLS) {
    await manager.stopSession(sessionId)
    await call(manager, sessionId).catch(() => {})
    expect(takeStarts(events), name).toEqual([sessionId])
    await call(manager, sessionId).catch(() => {})
    expect(takeStarts(events), `${name}, awake`).toEqual([])
  }
})

test('a hundred calls at once that wake two sessions emit session:started once for each', async () => {
  const manager = newManager()
  const events = record(manager)
  const ids = [await manager.createSession(), await manager.createSession()]
  for (const id of ids) await manager.stopSession(id)
  takeStarts(events)
  await Promise.all(Array.from({ length: 100 }, (_, index) => manager.writeFile(ids[index % 2] ?? '', `file-${index}`, 'x')))
  expect(takeStarts(events).sort()).toEqual(ids.sort())
})

test('session:started is emitted while the command that woke the session runs', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  await manager.stopSession(sessionId)
  events.splice(0)
  const { result } = await startSessionCommand(manager, sessionId, 'echo on; sleep 60')
  await expect.poll(() => events.map(([name]) => name)).toEqual(['command:started', 'session:started'])
  await manager.destroySession(sessionId)
  await result.catch(() => {})
})

test('session:started is emitted when a container is started or created again', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  const container = async () => docker.getContainer((await manager.getSession(sessionId)).containerId ?? '')
  takeStarts(events)
  await (await container()).kill()
  expect((await manager.executeCommand(sessionId, 'echo a')).stdout).toBe('a\n')
  expect(takeStarts(events)).toEqual([sessionId])
  await (await container()).remove({ force: true })
  expect((await manager.executeCommand(sessionId, 'echo b')).stdout).toBe('b\n')
  expect(takeStarts(events)).toEqual([sessionId])
  // Resuming a paused container is not a start.
  await (await container()).pause()
  expect((await manager.executeCommand(sessionId, 'echo c')).stdout).toBe('c\n')
  expect(takeStarts(events)).toEqual([])
})

test('a session started by another process emits nothing here', async () => {
  const dataDir = newDataDir()
  const first = openManager(dataDir)
  const sessionId = await first.createSession()
  const second = openManager(dataDir)
  const events = record(second)
  expect((await second.executeCommand(sessionId, 'echo a')).stdout).toBe('a\n')
  expect(takeStarts(events)).toEqual([])
})

test('a rejected call does not wake a session', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  await manager.stopSession(sessionId)
  takeStarts(events)
  await rejection(manager.executeCommand(sessionId, 'true', { timeout: -1 }), 'INVALID_ARGUMENT')
  await rejection(manager.readFile(sessionId, 1 as never), 'INVALID_ARGUMENT')
  await rejection(manager.executeCommand('no-such-session', 'true'), 'NOT_FOUND')
  expect(takeStarts(events)).toEqual([])
  expect((await manager.getSession(sessionId)).state).toBe('exited')
})

test('a command that does not start emits command:finished with its error', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  await expect(manager.executeCommand(sessionId, ['/no/such'])).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' })
  expect(events.at(-1)).toMatchObject(['command:finished', { error: { code: 'COMMAND_NOT_STARTED' } }])
})

test('a session lost during a command is reported as unhealthy and recovers', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  const { result } = await startSessionCommand(manager, sessionId, 'echo on; sleep 60')
  await docker.getContainer((await manager.getSession(sessionId)).containerId ?? '').kill()
  await expect(result).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
  expect(events.at(-1)).toEqual(['session:unhealthy', { sessionId, problems: ['lost'] }])
  expect((await manager.executeCommand(sessionId, 'echo again')).stdout).toBe('again\n')
})

test('a listener that throws emits an error and does no other harm', async () => {
  const manager = newManager()
  manager.on('command:started', () => {
    throw new Error('mine')
  })
  const sessionId = await manager.createSession()
  expect((await manager.executeCommand(sessionId, 'echo a')).stdout).toBe('a\n')
  const errors: unknown[] = []
  manager.on('error', (error) => void errors.push(error))
  expect((await manager.executeCommand(sessionId, 'echo b')).stdout).toBe('b\n')
  expect(errors).toMatchObject([{ message: 'mine' }])
})
