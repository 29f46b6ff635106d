import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ROOT, scaled } from './support/environment.js'
import { cleanUp, newDataDir, newSandboxes } from './support/sandboxes.js'

const MiB = 1024 ** 2
const TMPFS = 0x01021994

test('a workspace takes no more than its limit', { timeout: scaled(120_000) }, async (t) => {
  const box = newSandboxes({ disk: '64m' })
  await box.getOrCreate('a')
  const { disk, workspace } = await box.info('a')
  t.diagnostic(JSON.stringify({ ...disk, workspace: workspace.kind }))
  assert.equal(disk.limit, 64 * MiB)
  const write = box.exec('a', 'for i in $(seq 100); do head -c 4M /dev/zero >> big || exit 9; sleep 0.05; done')
  if (disk.enforcement === 'hard') {
    assert.equal((await write).exitCode, 9)
    assert.ok(Number((await box.exec('a', 'stat -c %s big')).stdout) <= 64 * MiB)
  } else {
    await assert.rejects(write, { code: 'DISK_LIMIT' })
    assert.ok(Number((await box.exec('a', 'stat -c %s big')).stdout) < 400 * MiB)
  }
  await box.exec('a', 'rm big; echo small > small')
  assert.equal(await box.readFile('a', 'small'), 'small\n')
})

test('root on the engine’s machine gets a hard limit', { skip: !ROOT && 'this user may not mount', timeout: scaled(60_000) }, async (t) => {
  const box = newSandboxes({ disk: '64m' })
  await box.getOrCreate('a')
  const { disk, workspace } = await box.info('a')
  if (workspace.kind !== 'bind') return t.skip('workspaces are volumes here')
  assert.equal(disk.enforcement, 'hard')
})

test('a disk is unmounted and its loop device released when the sandbox is removed', { skip: !ROOT && 'this user may not mount', timeout: scaled(60_000) }, async () => {
  const dataDir = newDataDir()
  const box = newSandboxes({ dataDir, disk: '64m' })
  await box.writeFile('a', 'file', 'x')
  await box.stop('a')
  assert.equal(await box.readFile('a', 'file'), 'x')
  await box.remove('a', { workspace: true })
  assert.equal(readFileSync('/proc/self/mounts', 'utf8').includes(dataDir), false)
})

test('what is written to a disk in memory costs no sandbox its life', { timeout: scaled(300_000) }, async (t) => {
  if (statfsSync('/tmp').type !== TMPFS) return t.skip('/tmp is on a disk')
  const dataDir = mkdtempSync('/tmp/matrix-')
  cleanUp(() => rmSync(dataDir, { recursive: true, force: true }))
  const box = newSandboxes({ dataDir: path.join(dataDir, 'data'), memory: '128m', disk: '256m', timeout: scaled(120_000) })
  // A data directory in memory may also be refused, as long as it is by an error that says so.
  let first
  try {
    first = await box.getOrCreate('a')
  } catch (error) {
    assert.match(error.message, /tmpfs|memory/)
    return t.diagnostic(`refused: ${error.code} ${error.message}`)
  }
  const result = await box.exec('a', 'head -c 200M /dev/zero > big; echo $?').catch((error) => error)
  t.diagnostic(JSON.stringify({ code: result.code, message: result.message, stdout: result.stdout, stderr: result.stderr, oomKilled: result.oomKilled }))
  assert.ok(result.code === 'DISK_LIMIT' || result.oomKilled === false, 'the command was killed for what it wrote to its disk')
  assert.equal((await box.exec('a', 'echo still')).stdout, 'still\n')
  assert.equal((await box.getOrCreate('a')).containerId, first.containerId, 'the container was killed for what was written to the disk')
})
