import { beforeAll, expect, test } from 'vitest'
import { docker, processes } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const DEADLINE = 500

const box = newSandboxes()

let containerId: string

beforeAll(async () => {
  ;({ containerId } = await box.getOrCreate('a'))
})

const PYTHON_DAEMON = `
import os, signal, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)
for fd in range(3): os.close(fd)
time.sleep(999)`

const SECOND_THREAD = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(999,)).start()
ctypes.CDLL(None).pthread_exit(None)`

/** Commands that try to outlive their deadline. */
const STUBBORN: [string, string][] = [
  ['sleeps', 'sleep 999'],
  ['loops', 'while :; do :; done'],
  ['ignores TERM, INT and HUP', "trap '' TERM INT HUP QUIT; while :; do sleep 999; done"],
  ['has children that ignore TERM', "for i in 1 2 3 4 5; do (trap '' TERM; sleep 999) & done; wait"],
  ['starts a new session', 'setsid sleep 999 & sleep 999'],
  ['replaces itself with a new session', 'exec setsid -w sleep 999'],
  ['uses nohup', 'nohup sleep 999 >/dev/null 2>&1 & sleep 999'],
  ['disowns', 'sleep 999 & disown -a; sleep 999'],
  ['leaves a double-forked daemon', `python3 -c '${PYTHON_DAEMON}'; sleep 999`],
  ['leaves twenty double-forked daemons', `for i in $(seq 20); do python3 -c '${PYTHON_DAEMON}'; done; sleep 999`],
  ['is stopped', 'kill -STOP $$'],
  ['has a stopped child', 'sleep 999 & kill -STOP $!; wait'],
  ['waits in a vfork child', `python3 -c 'import subprocess; subprocess.run(["sleep", "999"])'`],
  ['changes its name and title', `exec -a '[kworker]' sleep 999`],
  ['lowers its priority and clears its environment', 'env -i nice -n 19 sleep 999'],
  ['continues in a second thread', `python3 -c '${SECOND_THREAD}'`],
  ['leaves a process that continues in a second thread', `python3 -c '${SECOND_THREAD}' & sleep 999`],
  ['has a terminal of its own', `script -qec 'sleep 999' /dev/null`],
]

test.each(STUBBORN)('a deadline kills a command that %s', async (_, command) => {
  const begun = Date.now()
  const result = await box.exec('a', command, { timeout: DEADLINE })
  expect(Date.now() - begun).toBeLessThan(DEADLINE + 2000)
  expect(result).toMatchObject({ timedOut: true, exitCode: 124, oomKilled: false })
  await expect.poll(() => processes(containerId), { timeout: 2000, interval: 50 }).toEqual([])
  expect((await box.exec('a', 'echo alive')).stdout).toBe('alive\n')
})

test('the container survives all of these deadlines', async () => {
  expect((await docker.getContainer(containerId).inspect()).State.Running).toBe(true)
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('output before the deadline is kept', async () => {
  const result = await box.exec('a', 'echo out; echo err >&2; printf partial; sleep 999', { timeout: DEADLINE })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124, signal: 'SIGKILL', stdout: 'out\npartial', stderr: 'err\n', stdoutBytes: 11, stderrBytes: 4 })
})

test('a deadline spares other commands', async () => {
  const beside = box.exec('a', 'sleep 2; echo unharmed')
  const ended = await box.exec('a', 'for i in 1 2 3; do setsid sleep 999 & done; sleep 999', { timeout: DEADLINE })
  expect(ended.timedOut).toBe(true)
  expect(await beside).toMatchObject({ exitCode: 0, timedOut: false, stdout: 'unharmed\n' })
})

test('a deadline spares background processes of earlier commands', async () => {
  await box.exec('a', 'setsid sleep 777 &')
  await box.exec('a', 'sleep 999', { timeout: DEADLINE })
  expect((await processes(containerId)).map(({ command }) => command)).toEqual(['sleep 777'])
  await box.exec('a', 'pkill sleep')
})

test('a command that ends before its deadline is unaffected by it', async () => {
  const result = await box.exec('a', 'echo quick', { timeout: 2000 })
  expect(result).toMatchObject({ timedOut: false, exitCode: 0, signal: null })
})
