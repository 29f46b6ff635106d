import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaled } from './support/environment.js'
import { engine } from './support/engine.js'
import { newDataDir, newSandboxes, newSessions } from './support/sandboxes.js'

test('a session lives until it is destroyed, and emits what happens to it', { timeout: scaled(120_000) }, async () => {
  const sessions = newSessions()
  const events = []
  for (const name of ['session:created', 'session:started', 'session:stopped', 'session:destroyed', 'command:finished']) {
    sessions.on(name, () => events.push(name))
  }
  const id = await sessions.createSession({ metadata: { owner: 'me' } })
  assert.equal((await sessions.executeCommand(id, 'echo hi')).stdout, 'hi\n')
  const { state, metadata } = await sessions.getSession(id)
  assert.deepEqual({ state, metadata }, { state: 'running', metadata: { owner: 'me' } })
  await sessions.stopSession(id)
  assert.equal((await sessions.getSession(id)).state, 'exited')
  await sessions.startSession(id)
  assert.equal(await sessions.destroySession(id), true)
  assert.equal(await sessions.destroySession(id), false)
  await assert.rejects(sessions.getSession(id), { code: 'NOT_FOUND' })
  const names = ['session:created', 'session:started', 'command:finished', 'session:stopped', 'session:started', 'session:destroyed']
  // The sandbox is started while its session is created.
  assert.deepEqual(events.toSorted(), names.toSorted())
  assert.deepEqual(events.slice(2), names.slice(2))
})

test('a running session is healthy, and its health shows what it uses', { timeout: scaled(60_000) }, async (t) => {
  const sessions = newSessions()
  const id = await sessions.createSession()
  const health = await sessions.health(id)
  t.diagnostic(JSON.stringify(health))
  assert.deepEqual({ healthy: health.healthy, state: health.state, problems: health.problems }, { healthy: true, state: 'running', problems: [] })
  assert.ok(health.memory.used > 0 && health.memory.limit === 512 * 1024 ** 2)
  assert.ok(health.pids.used > 0)
  assert.equal((await sessions.health()).healthy, true)
})

test('sessions are found again by another manager', { timeout: scaled(60_000) }, async () => {
  const dataDir = newDataDir()
  const first = newSessions({ dataDir })
  const id = await first.createSession({ metadata: { n: 1 } })
  await first.writeFile(id, 'file', 'kept')
  const { containerId } = await first.getSession(id)
  await first.close()
  const second = newSessions({ dataDir })
  assert.deepEqual((await second.listSessions()).map((session) => session.id), [id])
  assert.equal(await second.readFile(id, 'file'), 'kept')
  assert.equal((await second.getSession(id)).containerId, containerId)
})

test('an idle sandbox is stopped, and started again by its next command', { timeout: scaled(120_000) }, async () => {
  const box = newSandboxes({ idleTimeout: scaled(500), cleanupInterval: scaled(200) })
  await box.exec('a', 'echo file > file')
  const end = Date.now() + scaled(30_000)
  while (await box.isRunning('a')) {
    assert.ok(Date.now() < end, 'still running')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  assert.equal((await box.exec('a', 'cat file')).stdout, 'file\n')
})

test('a paused sandbox is resumed by its next command', { timeout: scaled(60_000) }, async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  const { status } = await engine('POST', `/containers/${containerId}/pause`)
  assert.equal(status, 204)
  assert.equal((await box.list())[0].state, 'paused')
  assert.equal((await box.exec('a', 'echo hi')).stdout, 'hi\n')
})

test('a container that was killed from outside is started again', { timeout: scaled(60_000) }, async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  await box.writeFile('a', 'file', 'kept')
  assert.equal((await engine('POST', `/containers/${containerId}/kill`)).status, 204)
  assert.equal((await box.exec('a', 'cat file')).stdout, 'kept')
})

test('a container that was removed from outside is made again, with its files', { timeout: scaled(60_000) }, async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  await box.writeFile('a', 'file', 'kept')
  assert.ok([200, 204].includes((await engine('DELETE', `/containers/${containerId}?force=1`)).status))
  assert.equal((await box.exec('a', 'cat file')).stdout, 'kept')
})

test('a runtime that the engine does not have is named in the error', { timeout: scaled(60_000) }, async () => {
  const box = newSandboxes({ runtime: 'no-such-runtime' })
  await assert.rejects(box.getOrCreate('a'), (error) => /no-such-runtime/.test(error.message))
})

test('a missing image is IMAGE_NOT_FOUND', { timeout: scaled(60_000) }, async () => {
  await assert.rejects(newSandboxes({ image: 'localhost/no-such-image:1' }).getOrCreate('a'), { code: 'IMAGE_NOT_FOUND' })
})
