import assert from 'node:assert/strict'
import { chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { ROOT, scaled } from './support/environment.js'
import { engine } from './support/engine.js'
import { marker, sleepersLeft } from './support/processes.js'
import { newDataDir, newExecutor } from './support/sandboxes.js'

const CLEAN = { done: true, error: null }

test('a task returns its result and leaves nothing', { timeout: scaled(60_000) }, async () => {
  const tasksDir = newDataDir()
  const result = await newExecutor({ tasksDir }).execute('cat in.txt; id -u; echo err >&2; exit 3', undefined, { files: { 'in.txt': 'in\n' } })
  const { stdout, stderr, exitCode, isolation, cleanup } = result
  assert.equal(stdout.split('\n')[0], 'in')
  assert.notEqual(stdout.split('\n')[1], '0')
  assert.deepEqual({ stderr, exitCode, isolation, cleanup }, { stderr: 'err\n', exitCode: 3, isolation: 'docker', cleanup: CLEAN })
  assert.equal((await engine('GET', `/containers/${result.containerId}/json`)).status, 404)
  assert.deepEqual(readdirSync(tasksDir).filter((name) => !name.startsWith('.')), [])
})

test('a task has no network and writes only to its workspace and memory', { timeout: scaled(60_000) }, async () => {
  const { stdout, stderr } = await newExecutor().execute('ls /sys/class/net; touch /etc/x /usr/x; touch /workspace/a /tmp/b && echo written')
  assert.equal(stdout, 'lo\nwritten\n')
  assert.equal(stderr.match(/Read-only file system/g)?.length, 2)
})

test('a deadline kills everything that a task started', { timeout: scaled(60_000) }, async () => {
  const mark = marker()
  const { timedOut, stdout, cleanup } = await newExecutor().execute(`trap '' TERM; echo on; setsid sleep ${mark} & sleep ${mark}`, { timeout: scaled(400) })
  assert.deepEqual({ timedOut, stdout, cleanup }, { timedOut: true, stdout: 'on\n', cleanup: CLEAN })
  assert.equal(await sleepersLeft(mark), 0)
})

test('a task that runs out of memory says so', { timeout: scaled(60_000) }, async () => {
  const result = await newExecutor({ memory: '64m' }).execute(['python3', '-c', 'held = bytearray(300 << 20); print(len(held))'])
  assert.deepEqual({ oomKilled: result.oomKilled, stdout: result.stdout, cleanup: result.cleanup }, { oomKilled: true, stdout: '', cleanup: CLEAN })
})

test('a task works in a directory of the caller’s, as its owner', { timeout: scaled(60_000) }, async () => {
  const directory = path.join(newDataDir(), 'work')
  mkdirSync(directory)
  writeFileSync(path.join(directory, 'in'), 'in\n')
  if (ROOT) for (const name of ['', 'in']) chownSync(path.join(directory, name), 1500, 1500)
  const { stdout, stderr } = await newExecutor().execute('cat in; cat in > out; pwd', directory)
  assert.equal(stderr, '')
  assert.equal(stdout, 'in\n/workspace\n')
  assert.equal(readFileSync(path.join(directory, 'out'), 'utf8'), 'in\n')
})

test('a batch runs every task in a container of its own', { timeout: scaled(180_000) }, async () => {
  const tasks = Array.from({ length: 6 }, (_, i) => ({ command: `echo ${i}; exit ${i % 2}` }))
  const results = await newExecutor().executeBatch(tasks, { concurrency: 3 })
  assert.deepEqual(results.map(({ value, reason }) => value?.stdout ?? String(reason)), tasks.map((_, i) => `${i}\n`))
  assert.equal(new Set(results.map(({ value }) => value.containerId)).size, 6)
})

test('the default place for tasks works', { timeout: scaled(60_000) }, async () => {
  const { stdout } = await newExecutor({ tasksDir: undefined }).execute('head -c 100M /dev/zero > big; stat -c %s big')
  assert.equal(stdout, `${100 * 1024 ** 2}\n`)
})
