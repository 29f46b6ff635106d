import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scaled } from './support/environment.js'
import { newDataDir, newSandboxes } from './support/sandboxes.js'

const box = newSandboxes({ memory: '128m', pids: 40, cpus: 0.5 })

test('a command that takes more memory than there is is killed, and the sandbox goes on', { timeout: scaled(60_000) }, async () => {
  const { containerId } = await box.getOrCreate('a')
  const result = await box.exec('a', ['python3', '-c', 'held = bytearray(400 << 20); print(len(held))'])
  assert.deepEqual({ signal: result.signal, oomKilled: result.oomKilled, stdout: result.stdout }, { signal: 'SIGKILL', oomKilled: true, stdout: '' })
  assert.equal((await box.exec('a', 'echo still')).stdout, 'still\n')
  assert.equal((await box.getOrCreate('a')).containerId, containerId)
})

test('memory within the limit is there', { timeout: scaled(60_000) }, async () => {
  const { stdout } = await box.exec('a', ['python3', '-c', 'held = bytearray(64 << 20); print(len(held) >> 20)'])
  assert.equal(stdout, '64\n')
})

test('no more processes than the limit can be started', { timeout: scaled(60_000) }, async () => {
  const FORKS = `
import os, time
made = []
try:
    while len(made) < 200:
        pid = os.fork()
        if pid == 0:
            time.sleep(60)
            os._exit(0)
        made.append(pid)
except OSError as error:
    print(error.strerror)
print(len(made))
for pid in made: os.kill(pid, 9)
`
  const { stdout } = await box.exec('a', ['python3', '-c', FORKS])
  const [reason, made] = stdout.trim().split('\n')
  assert.equal(reason, 'Resource temporarily unavailable')
  assert.ok(Number(made) >= 20 && Number(made) <= 48, `${made} processes`)
})

test('a busy command gets no more processor time than its share', { timeout: scaled(60_000) }, async (t) => {
  const BUSY = 'import time\nbegun, used = time.monotonic(), time.process_time()\nwhile time.monotonic() < begun + 6: pass\nprint((time.process_time() - used) / (time.monotonic() - begun))'
  const { stdout } = await box.exec('a', ['python3', '-c', BUSY])
  t.diagnostic(`share ${stdout.trim()}`)
  assert.ok(Number(stdout) < 0.65, `used ${stdout.trim()} of a processor instead of 0.5`)
  assert.ok(Number(stdout) > 0.2, `used only ${stdout.trim()} of a processor`)
})

test('changed limits are in force on the next use, in the same container', { timeout: scaled(60_000) }, async () => {
  const dataDir = newDataDir()
  const { containerId } = await newSandboxes({ dataDir, memory: '128m' }).getOrCreate('a')
  const more = newSandboxes({ dataDir, memory: '256m' })
  assert.equal((await more.exec('a', ['python3', '-c', 'held = bytearray(180 << 20); print(len(held) >> 20)'])).stdout, '180\n')
  const { memory, containerId: now } = await more.info('a')
  assert.equal(memory, 256 * 1024 ** 2)
  assert.equal(now, containerId)
})

test('two hundred commands at once all run', { timeout: scaled(120_000) }, async () => {
  const many = newSandboxes()
  const results = await Promise.allSettled(Array.from({ length: 200 }, (_, i) => many.exec('many', `echo ${i}`)))
  const failures = results.filter(({ status }) => status === 'rejected').map(({ reason }) => `${reason.code} ${reason.message}`)
  assert.deepEqual([...new Set(failures)], [])
  assert.deepEqual(results.map(({ value }) => value.stdout), results.map((_, i) => `${i}\n`))
})
