import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GVISOR, scaled } from './support/environment.js'
import { marker, sleepers, sleepersLeft } from './support/processes.js'
import { newSandboxes } from './support/sandboxes.js'

const box = newSandboxes()
const DEADLINE = scaled(200)

/** Whether the machine's own process list shows what runs in a sandbox. */
const SEEN = !GVISOR

const COMMANDS = [
  ['a command', (mark) => `sleep ${mark}`],
  ['a command that ignores SIGTERM', (mark) => `trap '' TERM INT HUP; sleep ${mark}`],
  ['a double-forked daemon', (mark) => `(setsid sh -c '(sleep ${mark} &) ; sleep ${mark}' >/dev/null 2>&1 &); sleep ${mark}`],
  ['many children', (mark) => `for i in $(seq 20); do sleep ${mark} & done; wait`],
]

for (const [what, command] of COMMANDS) {
  test(`a deadline kills ${what}`, { timeout: scaled(60_000) }, async () => {
    const mark = marker()
    await box.getOrCreate('a')
    const begun = Date.now()
    const result = await box.exec('a', `echo on; ${command(mark)}`, { timeout: DEADLINE })
    const took = Date.now() - begun
    assert.deepEqual({ timedOut: result.timedOut, exitCode: result.exitCode, stdout: result.stdout }, { timedOut: true, exitCode: 124, stdout: 'on\n' })
    assert.ok(took < DEADLINE + scaled(1000), `took ${took} ms`)
    assert.equal(await sleepersLeft(mark), 0)
  })
}

test('the sandbox is the same one after its deadlines', { timeout: scaled(60_000) }, async () => {
  const { containerId } = await box.getOrCreate('a')
  await box.exec('a', 'sleep 100', { timeout: DEADLINE })
  assert.equal((await box.exec('a', 'echo still')).stdout, 'still\n')
  assert.equal((await box.getOrCreate('a')).containerId, containerId)
})

test('a deadline kills a fork bomb', { timeout: scaled(120_000) }, async () => {
  const { timedOut } = await box.exec('bomb', 'bomb() { bomb | bomb & }; bomb; sleep 1000', { timeout: scaled(600) })
  assert.equal(timedOut, true)
  assert.equal((await box.exec('bomb', 'echo still')).stdout, 'still\n')
})

test('an aborted command is killed', { timeout: scaled(60_000) }, async () => {
  const mark = marker()
  const controller = new AbortController()
  const running = box.exec('a', `echo on; setsid sleep ${mark} & sleep ${mark}`, { signal: controller.signal, onStdout: () => controller.abort() })
  await assert.rejects(running, { code: 'ABORTED' })
  assert.equal(await sleepersLeft(mark), 0)
})

test('a command’s own signals work', { timeout: scaled(60_000) }, async () => {
  const killed = await box.exec('a', 'kill -9 $$')
  assert.deepEqual({ exitCode: killed.exitCode, signal: killed.signal }, { exitCode: 137, signal: 'SIGKILL' })
  const { stdout } = await box.exec('a', 'sleep 500 & kill $!; wait $!; echo $?')
  assert.equal(stdout, '143\n')
})

test('a background process goes on until the sandbox is stopped', { timeout: scaled(90_000) }, async () => {
  const mark = marker()
  await box.exec('a', `nohup sleep ${mark} >/dev/null 2>&1 &`)
  const found = await box.exec('a', `until pgrep -fx 'sleep ${mark}'; do sleep 0.1; done`)
  assert.equal(found.exitCode, 0)
  if (SEEN) assert.equal(sleepers(mark), 1)
  await box.stop('a')
  assert.equal(await sleepersLeft(mark), 0)
})
