import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { rejection } from '../support/errors.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { NOTHING, leftovers, newExecutor, startTask } from '../support/tasks.ts'

test('a task returns its result and leaves nothing', async () => {
  const { executor, tasksDir } = newExecutor()
  const result = await executor.execute('echo out; echo err >&2; exit 3')
  expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3, timedOut: false, isolation: 'docker', cleanup: { done: true, error: null } })
  await expect(docker.getContainer(result.containerId ?? '').inspect()).rejects.toMatchObject({ statusCode: 404 })
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('a task has no network and writes only to its workspace and memory', async () => {
  const { executor } = newExecutor()
  const { stdout, stderr } = await executor.execute('id -u; ls /sys/class/net; touch /etc/x /usr/x; touch /workspace/a /tmp/b && echo written; grep CapEff /proc/self/status')
  expect(stdout).toBe('1000\nlo\nwritten\nCapEff:\t0000000000000000\n')
  expect(stderr.match(/Read-only file system/g)).toHaveLength(2)
})

test('files are written before the command runs', async () => {
  const { executor } = newExecutor()
  const files = { 'src/main.py': 'print(open("data.bin", "rb").read()[1])', 'data.bin': Uint8Array.of(0, 255) }
  expect((await executor.execute('python3 src/main.py', { files })).stdout).toBe('255\n')
})

test('a deadline kills everything a task has started', async () => {
  const { executor, tasksDir } = newExecutor()
  const begun = Date.now()
  const result = await executor.execute(`trap '' TERM; setsid sh -c 'trap "" TERM; sleep 60' & (sleep 60 &) ; echo on; sleep 60`, { timeout: 1000 })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124, stdout: 'on\n' })
  expect(Date.now() - begun).toBeLessThan(10_000)
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('a background process ends with its task', async () => {
  const { executor, tasksDir } = newExecutor()
  await executor.execute('nohup sleep 60 > /dev/null 2>&1 &')
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('an aborted task leaves nothing', async () => {
  const { executor, tasksDir } = newExecutor()
  const controller = new AbortController()
  const running = executor.execute('echo on; sleep 60', { signal: controller.signal, onStdout: () => controller.abort() })
  const error = await rejection(running, 'ABORTED')
  expect(error.details).toMatchObject({ stdout: 'on\n' })
  await expect.poll(() => leftovers(tasksDir), { timeout: 10_000 }).toEqual(NOTHING)
})

test('a task aborted before its command runs leaves nothing', async () => {
  const { executor, tasksDir } = newExecutor()
  const controller = new AbortController()
  const running = executor.execute('sleep 60', { signal: controller.signal })
  setTimeout(() => controller.abort(), 50)
  await rejection(running, 'ABORTED')
  await expect.poll(() => leftovers(tasksDir), { timeout: 10_000 }).toEqual(NOTHING)
})

test('a listener that throws ends its task, which leaves nothing', async () => {
  const { executor, tasksDir } = newExecutor()
  const mine = new Error('mine')
  const running = executor.execute('echo on; sleep 60', { onStdout: () => { throw mine } })
  await expect(running).rejects.toBe(mine)
  await expect.poll(() => leftovers(tasksDir), { timeout: 10_000 }).toEqual(NOTHING)
})

test('a missing program is an error and leaves nothing', async () => {
  const { executor, tasksDir } = newExecutor()
  await rejection(executor.execute(['/no/such/program']), 'COMMAND_NOT_STARTED')
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('a missing image is an error and leaves nothing', async () => {
  const { executor, tasksDir } = newExecutor()
  await rejection(executor.execute('true', { image: 'no-such-image:1' }), 'IMAGE_NOT_FOUND')
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('memory and processes are limited', async () => {
  const { executor, tasksDir } = newExecutor({ memory: '64m' })
  expect(await executor.execute(['python3', '-c', 'x = b"x" * 200_000_000'])).toMatchObject({ exitCode: 137, oomKilled: true })
  const bomb = await executor.execute(':(){ :|:& };:', { timeout: 2000 })
  expect(bomb.stderr + bomb.exitCode).not.toBe('')
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('a task works in a directory of the host as the owner, and the directory stays', async () => {
  const { executor } = newExecutor()
  const directory = path.join(temporaryDirectory(), 'project')
  mkdirSync(directory, { mode: 0o700 })
  writeFileSync(path.join(directory, 'in'), 'input', { mode: 0o600 })
  symlinkSync('/etc/passwd', path.join(directory, 'link'))
  const { stdout } = await executor.execute('cat in; echo output > out; id -u', directory, { chownWorkspace: true })
  expect(readFileSync(path.join(directory, 'out'), 'utf8')).toBe('output\n')
  expect(stdout).toBe(`input${statSync(directory).uid}\n`)
  expect(statSync('/etc/passwd').uid).toBe(0)
  chmodSync(directory, 0o755)
  expect((await executor.execute('cat out', directory)).stdout).toBe('output\n')
})

test.each(['/', '/etc', '/usr/lib', '/proc/1', '/home', '/no/such/directory', '/etc/hostname', ''])('rejects %j as a workspace directory', async (directory) => {
  const { executor } = newExecutor()
  const error = await rejection(executor.execute('true', directory), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe('workspaceDir')
})

test('a batch limits concurrency, and a failing task does not affect others', async () => {
  const { executor, tasksDir } = newExecutor()
  const tasks = [...Array.from({ length: 10 }, (_, index) => ({ command: `sleep 0.2; echo ${index}` })), { command: ['/no/such/program'] }]
  const results = await executor.executeBatch(tasks, { concurrency: 4 })
  expect(results.slice(0, 10).map((one) => one.status === 'fulfilled' && one.value.stdout)).toEqual(Array.from({ length: 10 }, (_, index) => `${index}\n`))
  expect(results[10]).toMatchObject({ status: 'rejected', reason: { code: 'COMMAND_NOT_STARTED' } })
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
  expect(await executor.executeBatch([])).toEqual([])
})

test.each(['socket', 'bridge'])('when the process is killed, its container ends and is removed without help (%s)', async (way) => {
  const tasksDir = newDataDir()
  const engine = way === 'bridge' ? await engineOverTcp() : undefined
  const running = startTask({ tasksDir, engine }, 'echo on; sleep 60')
  await running.wrote('on')
  expect((await leftovers(tasksDir)).containers).toHaveLength(1)
  running.child.kill('SIGKILL')
  await expect.poll(async () => (await leftovers(tasksDir)).containers, { timeout: 10_000 }).toEqual([])
  // The next task removes the directory.
  expect((await leftovers(tasksDir)).directories).toHaveLength(1)
  const { executor } = newExecutor({ tasksDir })
  await executor.execute('true')
  expect(await leftovers(tasksDir)).toEqual(NOTHING)
})

test('a task of another live process is left alone', async () => {
  const { executor, tasksDir } = newExecutor()
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const running = executor.execute('echo on; sleep 2; echo end', { onStdout: () => begin() })
  await begun
  const other = newExecutor({ tasksDir })
  expect((await other.executor.execute('echo other')).stdout).toBe('other\n')
  expect((await running).stdout).toBe('on\nend\n')
})

test('close ends running tasks and removes their containers', async () => {
  const { executor, tasksDir } = newExecutor()
  let begin = () => {}
  const begun = new Promise<void>((resolve) => (begin = resolve))
  const running = executor.execute('echo on; sleep 60', { onStdout: () => begin() })
  running.catch(() => {})
  await begun
  await executor.close()
  await rejection(running, 'CLOSED')
  await expect.poll(async () => (await leftovers(tasksDir)).containers, { timeout: 10_000 }).toEqual([])
  await rejection(executor.execute('true'), 'CLOSED')
})

test('the isolation and each execution context are logged', async () => {
  const lines: string[] = []
  const { executor } = newExecutor({ log: (line) => void lines.push(line), logLevel: 'info' })
  await executor.execute('true')
  const time = String.raw`\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\]`
  expect(lines[0]).toMatch(new RegExp(`^${time} \\[INFO\\] Docker isolation: ENABLED \\(Secure\\)$`))
  expect(lines[1]).toMatch(new RegExp(`^${time} \\[INFO\\] Execution context: Docker container \\(isolated\\)$`))
})

test('environment variables set limits, and options override them', async () => {
  const variables = { DOCKER_TIMEOUT: '700', DOCKER_MEMORY_LIMIT: '96m', DOCKER_CPU_LIMIT: '0.5' }
  Object.assign(process.env, variables)
  cleanUp(() => Object.keys(variables).forEach((name) => delete process.env[name]))
  const { executor } = newExecutor({ memory: '128m' })
  let limits: object = {}
  const result = await executor.execute('echo on; sleep 60', {
    onStdout: async () => {
      const [container] = (await docker.listContainers({ filters: { label: ['cofferdam.profile=task'] } })).filter(({ Labels }) => Labels['cofferdam.sandbox'])
      limits = (await docker.getContainer(container?.Id ?? '').inspect()).HostConfig
    },
  })
  expect(result.timedOut).toBe(true)
  expect(result.executionTime).toBeLessThan(10_000)
  expect(limits).toMatchObject({ Memory: 128 * 2 ** 20, CpuQuota: 10_000, CpuPeriod: 20_000 })
})

test.each([
  ['DOCKER_TIMEOUT', 'soon'],
  ['DOCKER_MEMORY_LIMIT', 'much'],
  ['DOCKER_CPU_LIMIT', '-1'],
])('rejects %s=%s', (name, value) => {
  process.env[name] = value
  cleanUp(() => delete process.env[name])
  expect(() => newExecutor({ tasksDir: temporaryDirectory() })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
})

test('rejects invalid arguments', async () => {
  const { executor } = newExecutor()
  await rejection(executor.execute(''), 'INVALID_ARGUMENT')
  await rejection(executor.execute('true', { runtime: 'cobol' as never }), 'INVALID_ARGUMENT')
  await rejection(executor.execute('true', { files: { a: 1 as never } }), 'INVALID_ARGUMENT')
  await rejection(executor.execute('true', { tiemout: 1 } as never), 'INVALID_ARGUMENT')
  for (const tasks of ['x', [null], ['true'], [undefined, { command: 'true' }]]) await rejection(executor.executeBatch(tasks as never), 'INVALID_ARGUMENT')
  const results = await executor.executeBatch([{ command: 'true', signal: 1 as never }, { command: 'true', tiemout: 1 } as never, {} as never], { signal: new AbortController().signal })
  expect(results).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { code: 'INVALID_ARGUMENT' } })))
  expect(existsSync('/workspace')).toBe(false)
})
