import { afterEach, expect, test, vi } from 'vitest'
import { DockerSandbox as RealDockerSandbox, SandboxError } from '../../index.js'
import { DockerSandbox, type ExecAnswer, type ExecCall } from '../../js/testing/index.js'
import { rejection, thrown } from '../support/errors.ts'
import { cleanUp } from '../support/sandboxes.ts'

const open = (options = {}) => {
  const sandboxes = new DockerSandbox(options)
  cleanUp(() => sandboxes.close())
  return sandboxes
}

afterEach(() => void vi.useRealTimers())

test('it is a DockerSandbox by its name in the package, and looks for no engine', async () => {
  const name = 'cofferdam/testing'
  const installed = (await import(name)) as typeof import('../../js/testing/index.js')
  const sandboxes = new installed.DockerSandbox({ engine: 'unix:///nonexistent.sock' })
  expect(sandboxes).toBeInstanceOf(RealDockerSandbox)
  expect((await sandboxes.exec('a', 'echo hi')).stdout).toBe('hi\n')
  expect(Object.keys(installed).sort()).toEqual(['DockerSandbox', 'Sandbox', 'SandboxError'])
  await sandboxes.close()
})

test('each has files and containers of its own', async () => {
  const [one, other] = [open(), open()]
  await one.writeFile('a', 'file', 'x')
  expect(await other.list()).toEqual([])
  await rejection(other.readFile('a', 'file'), 'FILE_ERROR')
})

test.each<[string, ExecAnswer | string | Uint8Array, object]>([
  ['text', 'out', { stdout: 'out', exitCode: 0 }],
  ['bytes', Buffer.from('out'), { stdout: 'out', exitCode: 0 }],
  ['nothing but success', {}, { stdout: '', stderr: '', exitCode: 0 }],
  ['an exit code', { stderr: 'err', exitCode: 255 }, { stderr: 'err', exitCode: 255, signal: null }],
  ['a signal', { signal: 'SIGKILL' }, { exitCode: 137, signal: 'SIGKILL' }],
  ['a deadline, without the wait', { stdout: 'so far', timedOut: true }, { stdout: 'so far', exitCode: 124, signal: 'SIGKILL', timedOut: true }],
  ['a lack of memory', { oomKilled: true }, { exitCode: 137, signal: 'SIGKILL', oomKilled: true }],
])('an answer can be %s, as it is or from a function', async (_, answer, result) => {
  const box = open()
  box.onExec('given', answer)
  box.onExec('made', () => answer)
  box.onExec('made later', async () => answer)
  for (const command of ['given', 'made', 'made later']) expect(await box.exec('a', command)).toMatchObject(result)
})

test('a handler knows the command, and reads and writes files of its sandbox', async () => {
  const box = open({ env: { A: '1' } })
  const calls: ExecCall[] = []
  box.onExec(/^python3 (?<script>\S+)$/, async (call) => {
    calls.push(call)
    await box.writeFile(call.id, 'result', `of ${await box.readFile(call.id, call.match?.groups?.script ?? '')}`)
  })
  await box.writeFile('a', 'sub/main.py', 'print(1)')
  expect(await box.exec('a', 'python3 sub/main.py', { cwd: 'sub', stdin: 'in', env: { B: '2' }, timeout: 1000 })).toMatchObject({ exitCode: 0, stdout: '' })
  expect(await box.readFile('a', 'result')).toBe('of print(1)')
  expect(calls[0]).toMatchObject({ id: 'a', command: 'python3 sub/main.py', cwd: '/workspace/sub', env: { A: '1', B: '2' }, stdin: Buffer.from('in'), timeout: 1000 })
})

test('the last handler that fits is asked, and can be taken away', async () => {
  const box = open()
  const said = async (command: string | string[]) => (await box.exec('a', command)).stdout
  box.onExec(() => 'all')
  box.onExec(/^git /, 'regular expression')
  const remove = box.onExec('git status', 'exact')
  box.onExec(({ command }) => Array.isArray(command), 'test')
  expect([await said('echo hi'), await said('git log'), await said('git status'), await said(['git', 'status'])]).toEqual(['all', 'regular expression', 'exact', 'test'])
  remove()
  remove()
  expect(await said('git status')).toBe('regular expression')
})

test.each(['cat -n file', 'echo -e x', 'echo $HOME', 'echo a; echo b', 'ls', 'A=1'])('%s would need a shell or a program, and says so', async (command) => {
  const { exitCode, stdout, stderr } = await open().exec('a', command)
  expect({ exitCode, stdout }).toEqual({ exitCode: 127, stdout: '' })
  expect(stderr).toContain(`no handler answers ${JSON.stringify(command)}`)
})

test('the words of an array count as a line', async () => {
  const box = open()
  box.onExec(/^git (\w+) -1$/g, ({ command, match }) => JSON.stringify([command, match]))
  for (let round = 0; round < 2; round++) expect((await box.exec('a', ['git', 'log', '-1'])).stdout).toMatch(/^\[\["git","log","-1"\],/)
})

test('what a handler throws is what the call rejects with', async () => {
  const box = open()
  const mine = new TypeError('mine')
  const lost = new SandboxError('ENGINE_UNREACHABLE', 'no engine')
  box.onExec('bug', () => {
    throw mine
  })
  box.onExec('no engine', () => Promise.reject(lost))
  box.onExec('no answer', () => ({ exitcode: 1 }) as never)
  expect((await rejection(box.exec('a', 'bug'), 'INTERNAL')).cause).toBe(mine)
  await expect(box.exec('a', 'no engine')).rejects.toBe(lost)
  expect((await rejection(box.exec('a', 'no answer'), 'INVALID_ARGUMENT')).message).toContain('exitCode')
})

test.each<[unknown, unknown, string]>([
  [7, 'x', 'pattern'],
  ['x', undefined, 'answer'],
  ['x', null, 'answer'],
  ['x', { exitCode: 256 }, 'exitCode'],
  ['x', { exitCode: -1 }, 'exitCode'],
  ['x', { signal: 'SIGNOTHING' }, 'signal'],
  ['x', { stdot: '' }, 'stdot'],
  ['x', { stdout: 7 }, 'stdout'],
])('onExec(%j, %j) is refused', (pattern, answer, argument) => {
  expect(thrown(() => open().onExec(pattern as string, answer as string), 'INVALID_ARGUMENT').details).toMatchObject({ argument })
})

test('a handler hears that its command was ended, and only then', async () => {
  const box = open()
  const signals: AbortSignal[] = []
  box.onExec('wait', ({ signal }) => {
    signals.push(signal)
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('late')))
  })
  box.onExec('end', ({ signal }) => void signals.push(signal))
  expect(await box.exec('a', 'wait', { timeout: 20 })).toMatchObject({ timedOut: true, stdout: '' })
  await box.exec('a', 'end')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
})

test('what is written after the end goes nowhere', async () => {
  const box = open()
  let write: (data: string) => Promise<void> = async () => {}
  box.onExec('x', ({ stdout }) => {
    write = stdout
    return 'end'
  })
  const heard: string[] = []
  const result = await box.exec('a', 'x', { onStdout: (text: string) => void heard.push(text) })
  await write('later')
  expect([result.stdout, heard]).toEqual(['end', ['end']])
})

test('twenty commands share a signal without a warning', async () => {
  const warnings: Error[] = []
  const listener = (warning: Error) => void warnings.push(warning)
  process.on('warning', listener)
  const box = open()
  box.onExec('wait', () => new Promise<never>(() => {}))
  const abort = new AbortController()
  const runs = Array.from({ length: 20 }, () => rejection(box.exec('a', 'wait', { signal: abort.signal }), 'ABORTED'))
  setImmediate(() => abort.abort())
  await Promise.all(runs)
  await new Promise(setImmediate)
  process.off('warning', listener)
  expect(warnings).toEqual([])
})

test('time can be made up: deadlines, idleness and expiry follow', async () => {
  vi.useFakeTimers()
  const box = open()
  box.onExec('wait', () => new Promise<never>(() => {}))
  const run = box.exec('a', 'wait')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(await run).toMatchObject({ timedOut: true })
  await vi.advanceTimersByTimeAsync(31 * 60_000)
  expect(await box.list()).toMatchObject([{ id: 'a', running: false }])
  await vi.advanceTimersByTimeAsync(7 * 24 * 60 * 60_000)
  expect(await box.list()).toEqual([])
})

test('mounts can be written, unless they are read-only', async () => {
  const box = open({ mounts: [{ type: 'volume', source: 'cache', target: '/cache' }, { type: 'bind', source: '/usr/share', target: '/opt/share', readOnly: true }] })
  await box.writeFile('a', '/cache/file', 'x')
  expect(await box.readFile('a', '/cache/file')).toBe('x')
  expect((await rejection(box.writeFile('a', '/opt/share/file', 'x'), 'FILE_ERROR')).details).toMatchObject({ errno: 'EROFS' })
})

test('with workspaces as volumes, sandboxes say so', async () => {
  const { workspace } = await open({ workspace: 'volume' }).getOrCreate('a')
  expect(workspace).toEqual({ kind: 'volume', location: expect.stringContaining('a') })
})
