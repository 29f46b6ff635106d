import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { newManager, startSessionCommand } from '../support/sessions.ts'

const containerOf = async (manager: ReturnType<typeof newManager>, id: string) =>
  docker.getContainer((await manager.getSession(id)).containerId ?? '')

test('a healthy session has figures within its limits', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  const health = await manager.health(id)
  expect(health).toMatchObject({ sessionId: id, healthy: true, state: 'running', problems: [] })
  expect(health.agentLatency).toBeGreaterThan(0)
  expect(health.memory?.limit).toBe(512 * 1024 * 1024)
  expect(health.memory?.used).toBeGreaterThan(0)
  expect(health.pids).toMatchObject({ limit: 28 })
})

test('health shows what a command uses', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  const before = await manager.health(id)
  const { result } = await startSessionCommand(manager, id, `python3 -c "x = b'x' * 100_000_000; print(1, flush=True); import time; time.sleep(60)"`)
  const during = await manager.health(id)
  expect((during.memory?.used ?? 0) - (before.memory?.used ?? 0)).toBeGreaterThan(90_000_000)
  expect(during.pids?.used ?? 0).toBeGreaterThan(before.pids?.used ?? 0)
  await manager.stopSession(id)
  await expect(result).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
})

test('a resource that is nearly exhausted is a problem', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  const { result } = await startSessionCommand(manager, id, 'for i in $(seq 25); do sleep 60 & done; echo on; wait')
  expect(await manager.health(id)).toMatchObject({ healthy: false, problems: ['pids'] })
  await manager.stopSession(id)
  await expect(result).rejects.toMatchObject({ code: 'SANDBOX_LOST' })
})

test('health does not start a stopped session', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  await manager.stopSession(id)
  expect(await manager.health(id)).toMatchObject({ healthy: true, state: 'exited', agentLatency: null, memory: null })
  expect((await manager.getSession(id)).state).toBe('exited')
})

test('a session paused from outside is reported as unhealthy, and the next call resumes it', async () => {
  const manager = newManager()
  const told: unknown[] = []
  manager.on('session:unhealthy', (event) => void told.push(event))
  const id = await manager.createSession()
  await (await containerOf(manager, id)).pause()
  expect(await manager.health(id)).toMatchObject({ healthy: false, state: 'paused', problems: ['paused'] })
  expect(told).toEqual([{ sessionId: id, problems: ['paused'] }])
  expect((await manager.executeCommand(id, 'echo on')).stdout).toBe('on\n')
  expect(await manager.health(id)).toMatchObject({ healthy: true })
})

test.runIf(process.getuid?.() === 0)('health detects a hanging agent', async () => {
  const manager = newManager()
  const id = await manager.createSession()
  const { State } = await (await containerOf(manager, id)).inspect()
  process.kill(State.Pid, 'SIGSTOP')
  expect(await manager.health(id)).toMatchObject({ healthy: false, problems: ['agent'], agentLatency: null })
  process.kill(State.Pid, 'SIGCONT')
  expect(await manager.health(id)).toMatchObject({ healthy: true, problems: [] })
  process.kill(State.Pid, 'SIGSTOP')
  expect(await manager.executeCommand(id, 'echo lost', { timeout: 1000 })).toMatchObject({ timedOut: true })
  expect((await manager.executeCommand(id, 'echo on', { timeout: 20_000 })).stdout).toBe('on\n')
})

test('the manager is healthy if all sessions are', async () => {
  const manager = newManager()
  const [one, two] = [await manager.createSession(), await manager.createSession()]
  const well = await manager.health()
  expect(well).toMatchObject({ healthy: true, sessions: [{ sessionId: one }, { sessionId: two }] })
  expect(well.engine.latency).toBeGreaterThan(0)
  await (await containerOf(manager, two)).pause()
  expect(await manager.health()).toMatchObject({ healthy: false, sessions: [{ healthy: true }, { healthy: false }] })
})

test('an unreachable engine is reported, not thrown', async () => {
  const manager = newManager({ engine: 'unix:///nonexistent.sock' })
  expect(await manager.health()).toMatchObject({ healthy: false, engine: { error: { code: 'ENGINE_UNREACHABLE' } }, sessions: [] })
})
