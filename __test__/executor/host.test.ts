import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { DockerExecutorOptions, TaskOptions } from '../../index.js'
import { rejection, thrown } from '../support/errors.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { directories, newExecutor, processesWith, startTask } from '../support/tasks.ts'

/** An executor for the host, with an engine address that does not work. */
function onHost(options: DockerExecutorOptions = {}) {
  return newExecutor({ isolation: 'host', engine: 'unix:///no/such/engine.sock', ...options })
}

let markers = 0

/** A text that no other process on this machine has in its command line. */
function marker(): string {
  return `mark-${process.pid}-${(markers += 1)}`
}

/** Commands whose results are the same on the host and in a container. */
const COMMANDS: [string, string | string[], TaskOptions?][] = [
  ['both streams and an exit code', 'echo out; echo err >&2; exit 3'],
  ['an array', ['printf', '%s|', 'a b', '$HOME', '']],
  ['a signal', 'kill -SEGV $$'],
  ['the exit code for a child’s signal', 'sh -c "kill -TERM \\$\\$"; echo $?'],
  ['a program that the shell cannot find', 'no-such-program-at-all'],
  ['environment', 'echo "$A|$B"', { env: { A: '1', B: 'ü\n' } }],
  ['standard input', ['cat'], { stdin: 'given\n' }],
  ['no standard input', ['cat']],
  ['standard input that is not read', 'true', { stdin: 'x'.repeat(1_000_000) }],
  ['bytes', ['printf', '\\xff\\x00a'], { encoding: 'buffer' } as TaskOptions],
  ['invalid UTF-8', ['printf', 'a\\xffb']],
  ['more output than the limit', 'seq 100000', { outputLimit: 1000 }],
  ['files in new directories', 'cat a/b c; ls', { files: { 'a/b': 'in a\n', c: Uint8Array.of(99, 10) } }],
  ['a working directory', 'basename "$PWD"; cat x', { cwd: 'sub', files: { 'sub/x': 'y' } }],
  ['paths below /workspace', 'cat x', { cwd: '/workspace/sub', files: { '/workspace/sub/x': 'y' } }],
  ['a deadline', 'echo on; sleep 60', { timeout: 500 }],
  ['a background process', 'sleep 60 & echo on'],
  ['modes of new files', 'touch a; mkdir b; stat -c %a a b c c/d', { files: { 'c/d': '' } }],
  ['no core dump', 'ulimit -c; kill -ABRT $$'],
  ['a broken pipe', 'yes | head -n 1; echo ${PIPESTATUS[0]}'],
]

test.each(COMMANDS)('the result is the same as in a container: %s', async (_, command, options) => {
  const { executor } = newExecutor()
  const { executor: host, tasksDir } = onHost()
  const [there, here] = [await executor.execute(command, null, options), await host.execute(command, null, options)]
  expect(here).toMatchObject({ containerId: null, isolation: 'host', cleanup: { done: true, error: null } })
  expect({ ...here, executionTime: 0, containerId: '', isolation: '' }).toEqual({ ...there, executionTime: 0, containerId: '', isolation: '' })
  expect(directories(tasksDir)).toEqual([])
})

const PYTHON_DAEMON = `
import os, signal, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(s, signal.SIG_IGN)
for fd in range(3): os.close(fd)
time.sleep(60)`

const SECOND_THREAD = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).pthread_exit(None)`

/** Commands that try to outlive their deadline. All of their processes have the marker in the command line. */
const STUBBORN: [string, (marker: string) => string][] = [
  ['ignores signals', (mark) => `sh -c "trap '' TERM INT HUP QUIT; while :; do sleep 1; done" ${mark}`],
  ['starts a new session', (mark) => `setsid bash -c 'sleep 60; :' ${mark} &`],
  ['replaces itself with a new session', (mark) => `exec setsid -w bash -c 'sleep 60; :' ${mark}`],
  ['leaves ten double-forked daemons', (mark) => `for i in $(seq 10); do python3 -c '${PYTHON_DAEMON}' ${mark}; done`],
  ['continues in a second thread', (mark) => `python3 -c '${SECOND_THREAD}' ${mark} &`],
  ['is stopped', (mark) => `bash -c 'kill -STOP $$; :' ${mark}`],
  ['forks forever', (mark) => `python3 -c "
import os, time
end = time.time() + 20
while time.time() < end:
  if os.fork(): os._exit(0)
  os.setsid()" ${mark}`],
]

test.each(STUBBORN)('a deadline kills a command that %s', async (_, command) => {
  const { executor, tasksDir } = onHost()
  const mark = marker()
  const running = executor.execute(`${command(mark)}\nsleep 60`, { timeout: 1000 })
  await expect.poll(() => processesWith(mark)).not.toEqual([])
  expect(await running).toMatchObject({ timedOut: true, exitCode: 124, signal: 'SIGKILL', cleanup: { done: true } })
  expect(processesWith(mark)).toEqual([])
  expect(directories(tasksDir)).toEqual([])
})

test.each(STUBBORN.filter(([name]) => /^(starts|leaves|continues|forks)/.test(name)))('nothing outlives a task that %s', async (_, command) => {
  const { executor } = onHost()
  const mark = marker()
  expect(await executor.execute(`${command(mark)}\necho ${mark}`)).toMatchObject({ timedOut: false, stdout: `${mark}\n` })
  expect(processesWith(mark)).toEqual([])
})

test('a deadline spares other tasks', async () => {
  const { executor } = onHost()
  const beside = executor.execute('sleep 2; echo unharmed')
  expect((await executor.execute('setsid sleep 60 & sleep 60', { timeout: 500 })).timedOut).toBe(true)
  expect(await beside).toMatchObject({ exitCode: 0, stdout: 'unharmed\n' })
})

test('when the process is killed, nothing keeps running, and the next executor removes the directory', async () => {
  const tasksDir = newDataDir()
  const mark = marker()
  const running = startTask({ tasksDir, isolation: 'host' }, `(setsid bash -c 'sleep 60; :' ${mark} &); bash -c 'trap "" TERM; sleep 60; :' ${mark} & echo on; wait`)
  await running.wrote('on')
  expect(processesWith(mark).length).toBeGreaterThan(1)
  running.child.kill('SIGKILL')
  await running.exit
  await expect.poll(() => processesWith(mark)).toEqual([])
  expect(directories(tasksDir)).toHaveLength(1)
  await onHost({ tasksDir }).executor.execute('true')
  expect(directories(tasksDir)).toEqual([])
})

test('a task of another live process is left alone', async () => {
  const tasksDir = newDataDir()
  const running = startTask({ tasksDir, isolation: 'host' }, 'echo kept > file; echo on; sleep 2; cat file')
  await running.wrote('on')
  await onHost({ tasksDir }).executor.execute('true')
  expect((await running.exit).stdout).toContain('on\nkept\n')
})

test('an unprivileged user runs tasks as itself and can end them', async () => {
  const user = { uid: 65_534, gid: 65_534 }
  const tasksDir = temporaryDirectory()
  chownSync(tasksDir, user.uid, user.gid)
  const mark = marker()
  const command = `id -u; (setsid bash -c 'sleep 60; :' ${mark} &); sleep 60`
  const { stdout, stderr } = await startTask({ tasksDir, isolation: 'host', timeout: 1000 }, command, user).exit
  expect(stderr).toBe('')
  expect(JSON.parse(stdout.split('\n').at(-2) ?? '')).toMatchObject({ stdout: '65534\n', timedOut: true, cleanup: { done: true } })
  expect(processesWith(mark)).toEqual([])
})

test('running a task on the host logs a warning each time', async () => {
  const lines: string[] = []
  const { executor } = onHost({ log: (line) => void lines.push(line), logLevel: 'debug' })
  await executor.execute('true', { runtime: 'node' })
  await executor.execute('true')
  const time = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\]`
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(String.raw`^${time} \[INFO\] Docker isolation: DISABLED \(Legacy\)$`)),
    expect.stringMatching(new RegExp(String.raw`^${time} \[WARN\] Execution context: Host process \(LEGACY MODE\)$`)),
    expect.stringMatching(/\[DEBUG\] .*\bnode$/),
    expect.stringMatching(new RegExp(String.raw`^${time} \[WARN\] Execution context: Host process \(LEGACY MODE\)$`)),
  ])
})

/** Sets an environment variable for the duration of the test. */
function set(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  cleanUp(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)))
}

test.each(['false', '0', 'no', 'off', 'FALSE'])('ENABLE_DOCKER=%s runs tasks on the host', async (value) => {
  set('ENABLE_DOCKER', value)
  const { executor } = newExecutor({ engine: 'unix:///no/such/engine.sock' })
  expect((await executor.execute('echo here')).isolation).toBe('host')
})

test.each(['true', '1', 'yes', '', 'perhaps'])('ENABLE_DOCKER=%j runs tasks in containers, and does not fall back to the host without an engine', async (value) => {
  set('ENABLE_DOCKER', value)
  const { executor, tasksDir } = newExecutor({ engine: 'unix:///no/such/engine.sock' })
  await rejection(executor.execute(`touch ${tasksDir}/ran`), 'ENGINE_UNREACHABLE')
  expect(directories(tasksDir)).toEqual([])
})

test('the option overrides the environment variable', async () => {
  set('ENABLE_DOCKER', 'false')
  const { executor } = newExecutor({ isolation: 'docker' })
  expect((await executor.execute('id -u')).isolation).toBe('docker')
  set('ENABLE_DOCKER', 'true')
  expect((await onHost().executor.execute('true')).isolation).toBe('host')
  expect(thrown(() => newExecutor({ isolation: 'none' as never }), 'INVALID_ARGUMENT').details).toEqual({ argument: 'isolation' })
})

test('environment variables that may be secret do not reach a task', async () => {
  set('SECRET_TOKEN', 'hidden')
  set('LC_TIME', 'C')
  const { executor } = onHost({ env: { FROM_OPTIONS: 'options' } })
  const { stdout } = await executor.execute(['env'], { env: { FROM_TASK: 'task' } })
  const environment = Object.fromEntries(stdout.trim().split('\n').map((line) => line.split(/=(.*)/s)))
  expect(environment).toMatchObject({ PATH: process.env['PATH'], LC_TIME: 'C', FROM_OPTIONS: 'options', FROM_TASK: 'task' })
  const allowed = /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LANGUAGE|LC_\w+|FROM_OPTIONS|FROM_TASK)$/
  expect(Object.keys(environment).filter((name) => !allowed.test(name))).toEqual([])
  // Nor through the agent, whose environment a task can read.
  expect((await executor.execute('tr "\\0" "\\n" < /proc/$PPID/environ')).stdout).not.toContain('hidden')
})

test('a task works in a directory of the host as this user, and the directory stays unchanged', async () => {
  const { executor } = onHost()
  const directory = path.join(temporaryDirectory(), 'project')
  mkdirSync(directory, { mode: 0o700 })
  writeFileSync(path.join(directory, 'in'), 'input')
  const { stdout } = await executor.execute('cat in; echo output > out; echo; pwd', directory, { files: { 'new/file': 'made' } })
  expect(stdout).toBe(`input\n${directory}\n`)
  expect(readFileSync(path.join(directory, 'out'), 'utf8')).toBe('output\n')
  expect(readFileSync(path.join(directory, 'new/file'), 'utf8')).toBe('made')
  expect(statSync(directory)).toMatchObject({ uid: process.getuid?.(), mode: 0o40700 })
})

test.each(['/', '/etc', '/no/such/directory', ''])('rejects %j as a workspace directory', async (directory) => {
  await rejection(onHost().executor.execute('true', directory), 'INVALID_ARGUMENT')
})

test.each(['../escaped', '/tmp/escaped', 'a/../../escaped', '/workspace/../escaped', '/etc/escaped'])('rejects a file called %s', async (name) => {
  const { executor, tasksDir } = onHost()
  const error = await rejection(executor.execute('true', { files: { [name]: 'x' } }), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe('files')
  expect(directories(tasksDir)).toEqual([])
})

test('deep and unreadable directories are removed with their task', async () => {
  const { executor, tasksDir } = onHost()
  const deep = 'python3 -c "import os\nfor i in range(300): os.mkdir(\'d\'); os.chdir(\'d\')"'
  expect(await executor.execute(`${deep}; mkdir -p a/b; chmod 0 a/b a`)).toMatchObject({ exitCode: 0, cleanup: { done: true } })
  expect(directories(tasksDir)).toEqual([])
})

test('the target of a task’s link is not removed', async () => {
  const outside = temporaryDirectory()
  writeFileSync(path.join(outside, 'kept'), 'kept')
  await onHost().executor.execute(`ln -s ${outside} link`)
  expect(readFileSync(path.join(outside, 'kept'), 'utf8')).toBe('kept')
})

test('an aborted task leaves nothing', async () => {
  const { executor, tasksDir } = onHost()
  const mark = marker()
  const controller = new AbortController()
  const running = executor.execute(`setsid bash -c 'sleep 60; :' ${mark} & echo on; sleep 60`, { signal: controller.signal, onStdout: () => controller.abort() })
  expect((await rejection(running, 'ABORTED')).details).toMatchObject({ stdout: 'on\n' })
  await expect.poll(() => [...processesWith(mark), ...directories(tasksDir)]).toEqual([])
  await rejection(executor.execute('true', { signal: AbortSignal.abort() }), 'ABORTED')
})

test('listeners get all output as it arrives, and one that throws ends its task', async () => {
  const { executor, tasksDir } = onHost()
  let heard = ''
  const { stdoutBytes } = await executor.execute('seq 100000; echo err >&2', { onStdout: (text) => (heard += text), onStderr: (text) => (heard += text) })
  expect(Buffer.byteLength(heard)).toBe(stdoutBytes + 4)
  const mine = new Error('mine')
  await expect(executor.execute('echo on; sleep 60', { onStdout: () => { throw mine } })).rejects.toBe(mine)
  await expect.poll(() => directories(tasksDir)).toEqual([])
})

test('a missing program or directory is an error and leaves nothing', async () => {
  const { executor, tasksDir } = onHost()
  expect((await rejection(executor.execute(['/no/such/program']), 'COMMAND_NOT_STARTED')).details).toMatchObject({ reason: 'ENOENT' })
  await rejection(executor.execute('true', { cwd: 'missing' }), 'COMMAND_NOT_STARTED')
  await rejection(executor.execute('true', { timeout: 300_001 }), 'INVALID_ARGUMENT')
  expect(directories(tasksDir)).toEqual([])
})

test('a command that kills its agent is lost', async () => {
  const { executor, tasksDir } = onHost()
  await rejection(executor.execute('kill -9 $PPID'), 'SANDBOX_LOST')
  expect(directories(tasksDir)).toEqual([])
  // Stopping the agent does not help a command to survive.
  const mark = marker()
  expect(await executor.execute(`kill -STOP $PPID; bash -c 'sleep 60; :' ${mark}`, { timeout: 500 })).toMatchObject({ timedOut: true })
  expect(processesWith(mark)).toEqual([])
})

test('a batch limits concurrency', async () => {
  const { executor, tasksDir } = onHost()
  const results = await executor.executeBatch([...Array.from({ length: 20 }, (_, index) => ({ command: `echo ${index}` })), { command: ['/no/such'] }], { concurrency: 8 })
  expect(results.slice(0, 20).map((one) => one.status === 'fulfilled' && one.value.stdout)).toEqual(Array.from({ length: 20 }, (_, index) => `${index}\n`))
  expect(results[20]).toMatchObject({ status: 'rejected', reason: { code: 'COMMAND_NOT_STARTED' } })
  expect(directories(tasksDir)).toEqual([])
})

test('close ends running tasks', async () => {
  const { executor, tasksDir } = onHost()
  const mark = marker()
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const running = executor.execute(`echo on; bash -c 'sleep 60; :' ${mark}`, { onStdout: () => begin() })
  running.catch(() => {})
  await begun
  await executor.close()
  await rejection(running, 'CLOSED')
  await expect.poll(() => [...processesWith(mark), ...directories(tasksDir)]).toEqual([])
  await rejection(executor.execute('true'), 'CLOSED')
})
