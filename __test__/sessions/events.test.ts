import { expect, test } from 'vitest'
import type { SandboxManager } from '../../index.js'
import { docker } from '../support/docker.ts'
import { startSessionCommand } from '../support/sessions.ts'
import { newManager } from '../support/sessions.ts'

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

/** All events from here on, with what came along. */
function record(manager: SandboxManager): [string, Record<string, unknown>][] {
  const events: [string, Record<string, unknown>][] = []
  for (const name of EVENTS) manager.on(name, (event: object) => void events.push([name, { ...event }]))
  return events
}

test('the life of a session is told', async () => {
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

test('a command that fails to run has finished, with its error', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  await expect(manager.executeCommand(sessionId, ['/no/such'])).rejects.toMatchObject({ code: 'COMMAND_NOT_STARTED' })
  expect(events.at(-1)).toMatchObject(['command:finished', { error: { code: 'COMMAND_NOT_STARTED' } }])
})

test('a session that is lost during a command is unhealthy, and heals', async () => {
  const manager = newManager()
  const events = record(manager)
  const sessionId = await manager.createSession()
  const { result } = await startSessionCommand(manager, sessionId, 'echo on; sleep 60')
  await docker.getContainer((await manager.getSession(sessionId)).containerId ?? '').kill()
  await expect(result).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
  expect(events.at(-1)).toEqual(['session:unhealthy', { sessionId, problems: ['lost'] }])
  expect((await manager.executeCommand(sessionId, 'echo again')).stdout).toBe('again\n')
})

test('a listener that throws is reported, and hurts nobody', async () => {
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
