import { expect, test } from 'vitest'
import { docker, processes } from '../support/docker.ts'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

/** A command that prints how a call of Python ends, for all processes of the sandbox but itself and its parents. */
const forEachOther = (body: string) => [
  'python3',
  '-c',
  `
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_SEIZE = 0x4206
def attempt(call):
  try:
    call()
    return 'allowed'
  except OSError as error:
    return errno.errorcode[error.errno]
def ptrace(pid):
  if libc.ptrace(PTRACE_SEIZE, pid, None, None) == -1:
    raise OSError(ctypes.get_errno(), 'refused')
for pid in sorted(int(name) for name in os.listdir('/proc') if name.isdigit()):
  if pid != os.getpid():
    command = open(f'/proc/{pid}/cmdline').read().split('\\0')[0]
${body.replaceAll(/^/gm, '    ')}`,
]

test('processes of one command cannot ptrace each other', async () => {
  const { stdout, exitCode } = await box.exec('a', [
    'python3',
    '-c',
    `
import ctypes, os, signal, time
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME, PTRACE_ATTACH, PTRACE_SEIZE = 0, 16, 0x4206
def ptrace(request, pid):
  return libc.ptrace(request, pid, None, None), ctypes.get_errno()
parent = os.getpid()
child = os.fork()
if child == 0:
  results = [ptrace(PTRACE_TRACEME, 0), ptrace(PTRACE_ATTACH, parent), ptrace(PTRACE_SEIZE, parent)]
  print('child', results, flush=True)
  time.sleep(0.5)
  os._exit(0)
results = [ptrace(PTRACE_ATTACH, child), ptrace(PTRACE_SEIZE, child)]
os.waitpid(child, 0)
print('parent', results)`,
  ])
  expect(exitCode).toBe(0)
  expect(stdout).toBe('child [(-1, 1), (-1, 1), (-1, 1)]\nparent [(-1, 1), (-1, 1)]\n')
})

test('a command cannot write to what PID 1 was started with', async () => {
  const { containerId } = await box.getOrCreate('a')
  for (const target of ['/proc/1/fd/1', '/proc/1/fd/2', '/proc/1/fd/0', '/proc/1/root/tmp/x']) {
    const { exitCode, stderr } = await box.exec('a', `echo hello > ${target}`)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('Permission denied')
  }
  const { HostConfig } = await docker.getContainer(containerId).inspect()
  expect(HostConfig['LogConfig']).toMatchObject({ Type: 'none' })
})

test("the agent's descriptors and its child's that waits are out of reach", async () => {
  const { result } = await startCommand(box, 'spare', [
    ...forEachOther(`
try:
  for attempts in range(2000):
    if len([name for name in os.listdir('/proc') if name.isdigit()]) >= 4: break
    import time; time.sleep(0.01)
except OSError: pass`).slice(0, 2),
    `
import errno, os, time
print('started', flush=True)
def waiting():
  for name in os.listdir('/proc'):
    if name.isdigit() and name != '1':
      try:
        if open(f'/proc/{name}/cmdline').read().startswith('/.cofferdam/agent\\0init'): return name
      except OSError: pass
for attempts in range(2000):
  if waiting(): break
  time.sleep(0.01)
for pid in ['1', waiting()]:
  for name in ['mem', 'environ', 'fd', 'fdinfo', 'maps', 'exe', 'root', 'cwd']:
    path = f'/proc/{pid}/{name}'
    try:
      os.readlink(path) if name in ['exe', 'root', 'cwd'] else os.listdir(path) if name.startswith('fd') else open(path, 'rb').read(16)
      print(name, 'allowed')
    except OSError as error:
      print(name, errno.errorcode[error.errno])`,
  ])
  await box.exec('spare', ['true'])
  const { stdout, stderr } = await result
  expect(stderr).toBe('')
  expect(stdout).toBe(`started\n${['mem', 'environ', 'fd', 'fdinfo', 'maps', 'exe', 'root', 'cwd'].map((name) => `${name} EACCES\n`).join('').repeat(2)}`)
})
