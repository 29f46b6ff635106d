import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test as base } from 'vitest'
import { DockerSandbox, SandboxManager, doctor } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { SecondEngine } from '../support/second-engine.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { newExecutor } from '../support/tasks.ts'

const engine = new SecondEngine({ remap: true })
const test = base.skipIf(!SecondEngine.possible)
if (SecondEngine.possible) beforeAll(() => engine.prepare(), 180_000)

/** Sandboxes on the engine, removed afterwards. */
function sandboxes(options = {}): DockerSandbox {
  const box = new DockerSandbox({ dataDir: newDataDir(), engine: engine.address, network: 'none', ...options })
  cleanUp(async () => {
    for (const { id } of await box.list()) await box.remove(id, { workspace: true })
    await box.close()
  })
  return box
}

/** The user id of a process on this machine. */
function uidOf(pid: number): number {
  return Number(/^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

test('doctor says that users are mapped', async () => {
  const report = await doctor({ engine: engine.address })
  expect(report).toMatchObject({ ok: true, engine: { usernsRemap: true, rootless: false } })
})

test('a sandbox works, in a volume, and its agent is not root on the host', async () => {
  const box = sandboxes()
  await box.writeFile('a', 'file', 'kept')
  expect((await box.exec('a', 'cat file; id -u; stat -c %u file; cat /proc/self/uid_map')).stdout).toMatch(/^kept1000\n1000\n +0 +300000 +65536\n$/)
  const info = await box.info('a')
  expect(info.workspace.kind).toBe('volume')
  const { State } = await engine.docker.getContainer(info.containerId).inspect()
  expect(uidOf(State.Pid)).toBe(300_000)
  const begun = Date.now()
  expect(await box.exec('a', 'trap "" TERM; setsid sleep 1000 & setsid sleep 1000', { timeout: 500 })).toMatchObject({ timedOut: true })
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect((await box.exec('a', 'pgrep -c sleep')).stdout).toBe('0\n')
  await box.stop('a')
  expect((await box.exec('a', 'cat file')).stdout).toBe('kept')
})

test('a directory of the host is refused as a workspace', async () => {
  const error = await rejection(sandboxes({ workspace: 'bind' }).exec('a', 'true'), 'ENGINE_UNSUPPORTED')
  expect(error).toMatchObject({ details: { workspace: 'bind' }, hint: expect.stringContaining("'volume'") })
})

test('users of their own are within the namespace, and keep their files', async () => {
  const box = sandboxes({ user: 'unique' })
  const uids = await Promise.all(['a', 'b'].map(async (id) => Number((await box.exec(id, 'echo kept > file; id -u')).stdout)))
  expect(new Set(uids).size).toBe(2)
  for (const uid of uids) expect(uid >= 20_000 && uid <= 59_999).toBe(true)
  await box.stop('a')
  expect((await box.exec('a', 'cat file; whoami; stat -c %u file')).stdout).toMatch(new RegExp(`^kept\\nsandbox.*\\n${uids[0]}\\n$`))
})

test.each(['70000:70000', '1000:70000', 'unique:70000-70010'])('a user that the namespace lacks (%s) is INVALID_ARGUMENT', async (user) => {
  const box = sandboxes({ user })
  const error = await rejection(box.exec('a', 'true'), 'INVALID_ARGUMENT')
  expect(error).toMatchObject({ details: { argument: 'user' }, hint: expect.stringContaining('65535') })
  expect(await engine.docker.listContainers({ all: true })).toEqual([])
  await box.remove('a', { workspace: true })
})

test('a task works on a copy of a directory of root’s', async () => {
  const { executor } = newExecutor({ engine: engine.address })
  const directory = newDataDir()
  writeFileSync(path.join(directory, 'in.txt'), 'hello')
  expect(await executor.execute('cat in.txt', directory)).toMatchObject({ stdout: 'hello', exitCode: 0, workspace: 'copied' })
})

test('sessions and tasks work, with users of their own too, and leave nothing', async () => {
  const sessions = new SandboxManager({ dataDir: newDataDir(), engine: engine.address, user: 'unique' })
  cleanUp(() => sessions.close())
  const id = await sessions.createSession()
  expect(await sessions.executeCommand(id, 'echo hi > file; cat file')).toMatchObject({ stdout: 'hi\n', exitCode: 0 })
  await sessions.destroySession(id)
  for (const user of ['auto', 'unique']) {
    const { executor } = newExecutor({ engine: engine.address, user })
    expect(await executor.execute('cat in.txt', undefined, { files: { 'in.txt': 'hello' } })).toMatchObject({ stdout: 'hello', exitCode: 0, cleanup: { done: true } })
  }
  expect(await engine.docker.listContainers({ all: true })).toEqual([])
  const { Volumes } = await engine.docker.listVolumes()
  expect((Volumes ?? []).map(({ Name }) => Name).filter((name) => !name.startsWith('cofferdam-agent-'))).toEqual([])
})
