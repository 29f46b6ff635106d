import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'

// The golden files cover what can be seen and what the kernel refuses. These tests cover actions.

const box = newSandboxes({ cpus: 2 })

const PTRACE = `
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
TRACEME, ATTACH, SEIZE = 0, 16, 0x4206
def ptrace(request, pid):
  return libc.ptrace(request, pid, None, None), ctypes.get_errno()
parent = os.getpid()
child = os.fork()
if child == 0:
  print('child', [ptrace(TRACEME, 0), ptrace(ATTACH, parent), ptrace(SEIZE, parent)], flush=True)
  time.sleep(0.5)
  os._exit(0)
results = [ptrace(ATTACH, child), ptrace(SEIZE, child)]
os.waitpid(child, 0)
print('parent', results)`

test('a parent and a child cannot ptrace each other', async () => {
  const { stdout, stderr } = await box.exec('a', ['python3', '-c', PTRACE])
  expect(stderr).toBe('')
  expect(stdout).toBe('child [(-1, 1), (-1, 1), (-1, 1)]\nparent [(-1, 1), (-1, 1)]\n')
})

test.each(['/proc/1/fd/0', '/proc/1/fd/1', '/proc/1/fd/2', '/proc/1/root/workspace/file', '/proc/1/cwd/file'])('a command cannot write to %s', async (path) => {
  const result = await box.exec('a', `echo hello > ${path}`)
  expect(result).toMatchObject({ exitCode: 1, stdout: '' })
  expect(result.stderr).toContain('Permission denied')
})

test.each(['KILL', 'STOP', 'TERM', 'HUP'])('a sandbox stays usable after a command sends SIG%s to every process it can', async (signal) => {
  const { containerId } = await box.getOrCreate('a')
  const beside = await startCommand(box, 'a', 'trap "" HUP TERM; echo begun; sleep 60 & wait', { timeout: 20_000 })
  const strike = await startCommand(box, 'a', `echo begun; sleep 0.5; kill -${signal} -1; true`, { timeout: 10_000 })
  // This command leaves a child waiting for the next one, which already runs as the user.
  await box.exec('a', ['true'])
  await strike.result
  for (const word of ['first', 'second', 'third']) {
    const begun = Date.now()
    expect(await box.exec('a', ['echo', word], { timeout: 5000 })).toMatchObject({ stdout: `${word}\n`, timedOut: false })
    expect(Date.now() - begun).toBeLessThan(3000)
  }
  if (signal === 'KILL') expect(await beside.result).toMatchObject({ signal: 'SIGKILL', exitCode: 137 })
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  await box.exec('a', 'kill -KILL -1; true')
  await beside.result
}, 60_000)

test('a command cannot kill the sandbox, its parent or another command', async () => {
  const { containerId } = await box.getOrCreate('a')
  const beside = await startCommand(box, 'a', 'echo begun; sleep 2; echo unharmed')
  await box.exec('a', 'kill -9 1; kill -9 $PPID; kill -9 0', { timeout: 5000 })
  expect(await beside.result).toMatchObject({ exitCode: 0, stdout: 'begun\nunharmed\n' })
  expect((await docker.getContainer(containerId).inspect()).State.Running).toBe(true)
})

test('output that looks like the protocol is treated as output', async () => {
  const frames = Buffer.concat([Buffer.from('COFFERDM\x01\0\0\0\0\0\0\0', 'latin1'), Buffer.from('ffffffff00000000deadbeef', 'hex'), Buffer.alloc(300, 0)])
  const result = await box.exec('a', ['cat'], { stdin: frames, encoding: 'buffer' })
  expect(result.stdout.equals(frames)).toBe(true)
})

test('a set-uid root program runs as the user', async () => {
  const { containerId } = await box.getOrCreate('suid')
  // As root, which requires access to the engine.
  const made = await docker.getContainer(containerId).exec({ Cmd: ['sh', '-c', 'cp /usr/bin/id /run/cofferdam-id && chmod 6755 /run/cofferdam-id'], User: '0:0' })
  await made.start({})
  await expect.poll(async () => (await made.inspect()).Running).toBe(false)
  const { stdout } = await box.exec('suid', 'stat -c %A:%u /run/cofferdam-id; /run/cofferdam-id -u; /run/cofferdam-id -ru; /run/cofferdam-id -g')
  expect(stdout).toBe('-rwsr-sr-x:0\n1000\n1000\n1000\n')
  await box.remove('suid')
})
