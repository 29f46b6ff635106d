import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { scaled } from './support/environment.js'
import { newManager, newName, newVolumes, run } from './support/containers.js'
import { cleanUp, newDataDir, newExecutor } from './support/sandboxes.js'

const manager = newManager()
const volumes = newVolumes()
const LONG = { timeout: scaled(90_000) }

function newTask() {
  const task = newName('task')
  cleanUp(() => volumes.cleanupTaskVolumes(task))
  return task
}

test('a volume is created, inspected, listed and removed', LONG, async () => {
  const name = newName('volume')
  const made = await volumes.create({ name, labels: { mine: 'yes' } })
  assert.deepEqual({ name: made.name, label: made.labels.mine }, { name, label: 'yes' })
  assert.equal((await volumes.inspect(name)).mountpoint, made.mountpoint)
  assert.ok((await volumes.list({ filters: { label: ['mine=yes'] } })).some((volume) => volume.name === name))
  assert.deepEqual([await volumes.remove(name), await volumes.remove(name)], [true, false])
  await assert.rejects(volumes.inspect(name), { code: 'NOT_FOUND' })
})

test('a volume in use is a conflict', LONG, async () => {
  const name = newName('volume')
  await volumes.create(name)
  const id = await run(manager, { mounts: [{ type: 'volume', source: name, target: '/kept' }] })
  await assert.rejects(volumes.remove(name), { code: 'CONFLICT' })
  await manager.removeContainer(id, true)
  assert.equal(await volumes.remove(name), true)
})

test('a task’s directory and memory are mounted, and its files are kept', LONG, async () => {
  const task = newTask()
  const directory = path.join(newDataDir(), 'work')
  mkdirSync(directory)
  chmodSync(directory, 0o777)
  writeFileSync(path.join(directory, 'in'), 'in')
  const mounts = [await volumes.mountWorkspace(task, directory), await volumes.mountTaskMemory(task)]
  const id = await run(manager, { mounts: mounts.map((mount, i) => ({ ...mount, target: ['/workspace', '/memory'][i] })) })
  const { stdout, stderr } = await manager.exec(id, 'cat /workspace/in; echo out > /workspace/out; echo learned > /memory/it', { timeout: scaled(30_000) })
  assert.deepEqual({ stdout, stderr }, { stdout: 'in', stderr: '' })
  await manager.removeContainer(id, true)
  assert.deepEqual((await volumes.listTaskVolumes(task)).map(({ kind }) => kind).sort(), ['memory', 'workspace'])
  const { stdout: memory } = await newExecutor({ mounts: [{ type: 'volume', source: mounts[1].source, target: '/memory', readOnly: true }] }).execute('cat /memory/it')
  assert.equal(memory, 'learned\n')
  assert.equal((await volumes.cleanupTaskVolumes(task)).length, 2)
  assert.equal(readFileSync(path.join(directory, 'out'), 'utf8'), 'out\n')
})

test('unused volumes are pruned, and none of another program’s', LONG, async () => {
  const name = newName('volume')
  await volumes.create(name)
  const { removed } = await volumes.prune()
  assert.ok(removed.includes(name), `${removed}`)
})

test('sandboxes can have their files in a volume', LONG, async () => {
  const { newSandboxes } = await import('./support/sandboxes.js')
  const box = newSandboxes({ workspace: 'volume' })
  await box.writeFile('a', 'file', 'in a volume')
  assert.equal((await box.exec('a', 'cat file; touch new && stat -c %u . | grep -qx "$(id -u)" && echo " of mine"')).stdout, 'in a volume of mine\n')
  assert.equal((await box.info('a')).workspace.kind, 'volume')
})
