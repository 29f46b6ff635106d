import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { cleanUp, newDataDir, open } from '../support/sandboxes.ts'
import { newManager, openManager, startSessionCommand } from '../support/sessions.ts'

const HOUR = 3_600_000

/** Makes a sandbox look as if it was last used some time ago. */
function age(dataDir: string, id: string, milliseconds: number): void {
  const lease = path.join(dataDir, '.cofferdam/leases', id)
  const then = (Date.now() - milliseconds) / 1000
  expect(statSync(lease).isFile()).toBe(true)
  utimesSync(lease, then, then)
}

test('idle sessions are stopped, others are not', async () => {
  const dataDir = newDataDir()
  const manager = openManager(dataDir)
  const events: string[] = []
  for (const name of ['session:idle', 'session:stopped', 'cleanup:finished'] as const) manager.on(name, () => void events.push(name))
  const [idle, busy] = [await manager.createSession(), await manager.createSession()]
  age(dataDir, idle, HOUR)
  expect(await manager.cleanup()).toMatchObject({ stopped: [idle], removed: [], leftovers: [], failures: [] })
  expect(events).toEqual(['session:idle', 'session:stopped', 'cleanup:finished'])
  expect((await manager.getSession(idle)).state).toBe('exited')
  expect((await manager.getSession(busy)).state).toBe('running')
  expect((await manager.executeCommand(idle, 'echo again')).stdout).toBe('again\n')
})

test('a command that outlasts the idle timeout is left alone', async () => {
  const dataDir = newDataDir()
  const manager = openManager(dataDir)
  const id = await manager.createSession()
  const { result } = await startSessionCommand(manager, id, 'echo on; sleep 1; echo end')
  age(dataDir, id, HOUR)
  expect(await manager.cleanup()).toMatchObject({ stopped: [] })
  expect((await result).stdout).toBe('on\nend\n')
})

test('a session that another live process uses is left to that process', async () => {
  const dataDir = newDataDir()
  const [one, two] = [openManager(dataDir), openManager(dataDir)]
  const id = await one.createSession()
  await two.executeCommand(id, 'true')
  age(dataDir, id, HOUR)
  expect(await one.cleanup()).toMatchObject({ stopped: [], failures: [] })
  expect((await two.getSession(id)).state).toBe('running')
  expect(await two.cleanup()).toMatchObject({ stopped: [id] })
})

test('an idle session of a killed process is found and stopped', async () => {
  const dataDir = newDataDir()
  const script = `
    import { SandboxManager } from ${JSON.stringify(new URL('../../index.js', import.meta.url).href)}
    console.log(await new SandboxManager({ dataDir: ${JSON.stringify(dataDir)} }).createSession({ metadata: { of: 'the dead' } }))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUp(() => child.kill('SIGKILL'))
  const [output] = (await once(child.stdout, 'data')) as [Buffer]
  const id = output.toString().trim()
  child.kill('SIGKILL')
  await once(child, 'exit')
  const manager = openManager(dataDir)
  expect(await manager.listSessions()).toMatchObject([{ id, state: 'running', metadata: { of: 'the dead' } }])
  expect(await manager.cleanup()).toMatchObject({ stopped: [] })
  age(dataDir, id, HOUR)
  expect(await manager.cleanup()).toMatchObject({ stopped: [id] })
  expect((await manager.executeCommand(id, 'echo alive')).stdout).toBe('alive\n')
})

test('the janitor runs on its own', async () => {
  const manager = newManager({ idleTimeout: 300, cleanupInterval: 100 })
  const id = await manager.createSession()
  const idle = new Promise((resolve) => manager.once('session:idle', resolve))
  expect(await idle).toEqual({ sessionId: id })
  await expect.poll(async () => (await manager.getSession(id)).state).toBe('exited')
})

test('a conversation stopped for long loses its container and keeps its files', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { idleTimeout: HOUR, removeAfter: 2 * HOUR, cleanupInterval: 100 })
  const { containerId } = await box.getOrCreate('old')
  await box.writeFile('old', 'a', 'kept')
  age(dataDir, 'old', 1.5 * HOUR)
  await expect.poll(() => box.isRunning('old'), { timeout: 5000 }).toBe(false)
  expect(await box.info('old')).toMatchObject({ containerId, state: 'exited' })
  age(dataDir, 'old', 3 * HOUR)
  await expect.poll(() => box.list(), { timeout: 5000 }).toEqual([])
  expect(await box.readFile('old', 'a')).toBe('kept')
})

test('foreign containers and namespaces are never touched', async () => {
  const theirs = await docker.createContainer({ Image: 'ai-sandbox:latest', Cmd: ['true'], Labels: { 'other.sandbox': 'x' } })
  cleanUp(() => theirs.remove({ force: true }))
  const dataDir = newDataDir()
  const other = openManager(dataDir)
  const id = await other.createSession()
  age(dataDir, id, HOUR)
  // This manager has another namespace.
  await newManager().cleanup()
  expect((await other.getSession(id)).state).toBe('running')
  expect((await theirs.inspect()).Id).toBe(theirs.id)
})

test('a janitor does not keep the process alive', async () => {
  const script = `
    import { DockerSandbox } from ${JSON.stringify(new URL('../../index.js', import.meta.url).href)}
    await new DockerSandbox({ dataDir: ${JSON.stringify(newDataDir())}, cleanupInterval: 50 }).list()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  cleanUp(() => child.kill('SIGKILL'))
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each([{ idleTimeout: -1 }, { cleanupInterval: Number.NaN }, { idleTimeout: 2 ** 31 }])('rejects %j', (options) => {
  expect(() => newManager(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})
