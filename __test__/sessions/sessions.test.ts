import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { containersOf, docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { namespace, newDataDir } from '../support/sandboxes.ts'
import { newManager, openManager } from '../support/sessions.ts'

test('a session runs commands and keeps files', async () => {
  const manager = newManager()
  const id = await manager.createSession({ metadata: { user: 'ada' } })
  await manager.writeFile(id, 'a/b.txt', 'hello')
  expect(await manager.executeCommand(id, 'cat a/b.txt')).toMatchObject({ stdout: 'hello', exitCode: 0 })
  expect(await manager.readFile(id, 'a/b.txt')).toBe('hello')
  expect(await manager.getSession(id)).toMatchObject({ id, profile: 'session', state: 'running', metadata: { user: 'ada' } })
})

test('a session has no network, a read-only root and a noexec tmpfs', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  const { stdout, stderr } = await manager.executeCommand(id, 'ls /sys/class/net; touch /etc/x; cp /bin/true /tmp/t && /tmp/t')
  expect(stdout).toBe('lo\n')
  expect(stderr).toContain('Read-only file system')
  expect(stderr).toContain('Permission denied')
})

test('options apply to a single session', async () => {
  const manager = newManager({ env: { WHO: 'all' } })
  const plain = await manager.createSession({ sessionId: 'plain' })
  const own = await manager.createSession({ sessionId: 'own', memory: '256m', cpus: 0.5, env: { WHO: 'me' }, profile: 'conversation' })
  expect((await manager.executeCommand(plain, 'echo $WHO')).stdout).toBe('all\n')
  expect((await manager.executeCommand(own, 'echo $WHO; ls /sys/class/net')).stdout).toBe('me\neth0\nlo\n')
  const { containerId } = await manager.getSession(own)
  const { HostConfig } = await docker.getContainer(containerId ?? '').inspect()
  expect(HostConfig).toMatchObject({ Memory: 256 * 1024 * 1024, ReadonlyRootfs: false })
})

test('a stopped session starts again with its files', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  await manager.writeFile(id, 'a', 'kept')
  await manager.stopSession(id)
  expect((await manager.getSession(id)).state).toBe('exited')
  await manager.stopSession(id)
  await manager.startSession(id)
  expect((await manager.getSession(id)).state).toBe('running')
  await manager.stopSession(id)
  expect(await manager.readFile(id, 'a')).toBe('kept')
})

test('a destroyed session leaves nothing', async () => {
  const dataDir = newDataDir()
  const manager = openManager(dataDir)
  const id = await manager.createSession()
  await manager.writeFile(id, 'a', 'gone')
  expect(await manager.destroySession(id)).toBe(true)
  expect(await containersOf(namespace(dataDir))).toEqual([])
  expect(existsSync(path.join(dataDir, id))).toBe(false)
  expect(readdirSync(path.join(dataDir, '.cofferdam/sessions'))).toEqual([])
  expect(await manager.listSessions()).toEqual([])
  await rejection(manager.executeCommand(id, 'true'), 'NOT_FOUND')
  expect(await manager.destroySession(id)).toBe(false)
})

test('every method rejects a missing session with NOT_FOUND', async () => {
  const manager = newManager()
  const calls = [
    manager.executeCommand('none', 'true'),
    manager.readFile('none', 'a'),
    manager.writeFile('none', 'a', ''),
    manager.startSession('none'),
    manager.stopSession('none'),
    manager.getSession('none'),
    manager.health('none'),
  ]
  await Promise.all(calls.map((call) => rejection(call, 'NOT_FOUND')))
})

test('creating a session with an existing id rejects with ALREADY_EXISTS', async () => {
  const manager = newManager()
  const made = await Promise.allSettled(Array.from({ length: 4 }, () => manager.createSession({ sessionId: 'one' })))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  for (const one of made) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'ALREADY_EXISTS' })
  expect(await manager.listSessions()).toHaveLength(1)
})

test('a session that cannot be created leaves nothing', async () => {
  const manager = newManager()
  await rejection(manager.createSession({ image: 'no-such-image:1' }), 'IMAGE_NOT_FOUND')
  expect(await manager.listSessions()).toEqual([])
})

test.each([
  ['an invalid id', { sessionId: '../x' }, 'id'],
  ['a number as metadata', { metadata: 1 as never }, 'metadata'],
  ['circular metadata', { metadata: circle() }, 'metadata'],
  ['metadata of more than 1 MiB', { metadata: { text: 'x'.repeat(2 ** 20) } }, 'metadata'],
  ['a misspelled option', { memroy: '1g' } as never, 'memroy'],
  ['an unknown profile', { profile: 'task2' as never }, 'profile'],
  ['too little memory', { memory: '1m' }, 'memory'],
])('rejects %s', async (_, options, argument) => {
  const manager = newManager()
  const error = await rejection(manager.createSession(options), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe(argument)
  expect(await manager.listSessions()).toEqual([])
})

test('another process lists sessions and continues them', async () => {
  const dataDir = newDataDir()
  const first = openManager(dataDir)
  const id = await first.createSession({ metadata: { n: 1 }, env: { WHO: 'me' } })
  await first.writeFile(id, 'a', 'kept')
  const before = await first.getSession(id)
  await first.close()
  // Other defaults do not change an existing session.
  const second = openManager(dataDir, { memory: '64m' })
  expect(await second.listSessions()).toMatchObject([{ id, metadata: { n: 1 }, containerId: before.containerId }])
  expect((await second.executeCommand(id, 'cat a; echo $WHO')).stdout).toBe('keptme\n')
  expect((await second.getSession(id)).containerId).toBe(before.containerId)
})

test('a session whose container was removed from outside is created again with its files', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  await manager.writeFile(id, 'a', 'kept')
  await docker.getContainer((await manager.getSession(id)).containerId ?? '').remove({ force: true })
  expect(await manager.getSession(id)).toMatchObject({ state: 'removed', containerId: null })
  expect(await manager.readFile(id, 'a')).toBe('kept')
  expect((await manager.getSession(id)).state).toBe('running')
})

test('sessions are listed by age with their metadata', async () => {
  const manager = newManager()
  const ids = []
  for (const sessionId of ['c', 'a', 'b']) ids.push(await manager.createSession({ sessionId, metadata: { sessionId } }))
  const listed = await manager.listSessions()
  expect(listed.map(({ id }) => id)).toEqual(ids)
  expect(listed.map(({ metadata }) => metadata.sessionId)).toEqual(ids)
  for (const { created, lastActivity } of listed) expect(Date.parse(lastActivity)).toBeGreaterThanOrEqual(Date.parse(created) - 1000)
})

test('after close, every call rejects with CLOSED', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  await manager.close()
  const calls = [manager.executeCommand(id, 'true'), manager.listSessions(), manager.health(), manager.cleanup()]
  await Promise.all(calls.map((call) => rejection(call, 'CLOSED')))
})

function circle(): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  value.self = value
  return value
}
