import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { DockerSandbox, type DockerSandboxOptions } from '../../index.js'
import { DockerSandbox as MemoryDockerSandbox, type ExecHandler } from '../../js/testing/index.js'
import { rejection, thrown } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'
import { tree, treeDirectory } from '../support/trees.ts'

const never = () => new Promise<never>(() => {})

/** The shell lines of this suite, and what does the same where there is no shell. */
const LINES: Record<string, ExecHandler> = {
  'echo out; echo err >&2; exit 3': () => ({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 }),
  'kill -TERM $$': () => ({ signal: 'SIGTERM' }),
  'echo begun; sleep 60': async ({ stdout }) => {
    await stdout('begun\n')
    return never()
  },
  'echo a; sleep 0.2; echo b': async ({ stdout }) => {
    await stdout('a\n')
    await sleep(200)
    return 'b\n'
  },
  'printf "%s" "$FIRST $SECOND"': ({ env }) => `${env.FIRST} ${env.SECOND}`,
  pwd: ({ cwd }) => `${cwd}\n`,
  'seq 1 1000': () => numbers(1000),
  'seq 1 300000': async ({ stdout }) => {
    for (const part of numbers(300_000).match(/.{1,8192}/gs) ?? []) await stdout(part)
  },
  "printf '\\xff\\0a'": () => Buffer.from([255, 0, 97]),
  "printf 'x€%.0s' $(seq 100)": () => 'x€'.repeat(100),
}

function numbers(last: number): string {
  return Array.from({ length: last }, (_, index) => `${index + 1}\n`).join('')
}

function inMemory(options?: DockerSandboxOptions): DockerSandbox {
  const sandboxes = new MemoryDockerSandbox(options)
  cleanUp(() => sandboxes.close())
  for (const [line, handler] of Object.entries(LINES)) sandboxes.onExec(line, handler)
  return sandboxes
}

const KINDS: [string, (options?: DockerSandboxOptions) => DockerSandbox][] = [
  ['in Docker', (options) => newSandboxes({ cpus: 2, ...options })],
  ['in memory', (options) => inMemory({ cpus: 2, ...options })],
]

describe.each(KINDS)('sandboxes %s', (_, open) => {
  const box = open({ env: { FIRST: 'of the sandbox', SECOND: 'of the sandbox' } })

  test('a sandbox is made by the first call, and again by the first one after it was removed', async () => {
    expect([await box.isRunning('life'), await box.list()]).toEqual([false, []])
    await rejection(box.info('life'), 'NOT_FOUND')
    const { id, containerId, workspace } = await box.getOrCreate('life')
    expect({ id, containerId, workspace }).toEqual({ id: 'life', containerId: expect.stringMatching(/^[0-9a-f]{64}$/), workspace: { kind: 'bind', location: expect.stringMatching(/^\/.*\/life$/) } })
    expect(await box.isRunning('life')).toBe(true)
    await box.stop('life')
    expect(await box.isRunning('life')).toBe(false)
    expect(await box.list()).toEqual([{ id: 'life', containerId, state: 'exited', running: false, image: 'ai-sandbox:latest', created: expect.stringMatching(/^\d{4}-.*Z$/) }])
    expect((await box.getOrCreate('life')).containerId).toBe(containerId)
    await box.remove('life')
    expect(await box.list()).toEqual([])
    expect((await box.getOrCreate('life')).containerId).not.toBe(containerId)
    await box.remove('life', { workspace: true })
    await box.remove('life')
    await box.stop('life')
  })

  test('info tells what the options say', async () => {
    const { containerId } = await box.getOrCreate('info')
    expect(await box.info('info')).toEqual({
      id: 'info',
      containerId,
      state: 'running',
      image: 'ai-sandbox:latest',
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      workspace: { kind: 'bind', location: expect.stringMatching(/^\/.*\/info$/) },
      memory: 512 * 1024 * 1024,
      cpus: 2,
      pids: 100,
      disk: { limit: null, used: null, enforcement: 'none' },
      user: expect.stringMatching(/^\d+:\d+$/),
      network: 'enabled',
      isolation: { metadata: expect.stringMatching(/^(blocked|open)$/), host: expect.stringMatching(/^(blocked|open)$/) },
      agent: expect.any(String),
    })
    await box.remove('info')
  })

  test('what goes past the disk limit is DISK_LIMIT, and what was there stays', async () => {
    const limited = open({ disk: '2m' })
    await limited.writeFile('disk', 'file', 'before')
    const { details } = await rejection(limited.writeFile('disk', 'file', Buffer.alloc(4 * 1024 * 1024)), 'DISK_LIMIT')
    expect(details).toMatchObject({ errno: expect.stringMatching(/^(ENOSPC|EDQUOT)$/), path: 'file' })
    expect(await limited.readFile('disk', 'file')).toBe('before')
    expect((await limited.info('disk')).disk).toMatchObject({ limit: 2 * 1024 * 1024, enforcement: expect.stringMatching(/^(hard|soft)$/) })
  })

  test('files come back as they were written, from the workspace and beside it', async () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_unused, index) => index % 256))
    for (const path of ['file', 'new/directory/file', './x/../y', '/workspace/absolute', '../workspace/climbing', '/tmp/file', '/home/sandbox/.config/tool', 'é 😀\n', '__proto__', 'x'.repeat(255)]) {
      await box.writeFile('files', path, bytes)
      expect(await box.readFile('files', path, null)).toEqual(bytes)
      await box.writeFile('files', path, 'text é')
      expect(await box.readFile('files', path)).toBe('text é')
    }
    await box.writeFile('files', 'empty', '')
    expect(await box.readFile('files', 'empty', { encoding: 'buffer' })).toEqual(Buffer.alloc(0))
    await rejection(box.readFile('others', 'file'), 'FILE_ERROR')
  })

  test('what is written is what the bytes were at the call', async () => {
    const bytes = new Uint8Array(1000).fill(97)
    const written = box.writeFile('files', 'snapshot', bytes)
    bytes.fill(98)
    await written
    const read = await box.readFile('files', 'snapshot', null)
    expect(read.toString()).toBe('a'.repeat(1000))
    read.fill(99)
    expect(await box.readFile('files', 'snapshot')).toBe('a'.repeat(1000))
  })

  const READS: [string, string][] = [
    ['missing', 'ENOENT'],
    ['missing/file', 'ENOENT'],
    ['missing/../there', 'ENOENT'],
    ['there/below', 'ENOTDIR'],
    ['there/', 'ENOTDIR'],
    ['there/../there', 'ENOTDIR'],
    ['.', 'EISDIR'],
    ['directory', 'EISDIR'],
    ['directory/', 'EISDIR'],
    ['directory/..', 'EISDIR'],
    ['/', 'EISDIR'],
    ['x'.repeat(256), 'ENAMETOOLONG'],
  ]

  test.each(READS)('reading %s fails with %s', async (path, errno) => {
    await box.writeFile('paths', 'there', '')
    await box.writeFile('paths', 'directory/file', '')
    const error = await rejection(box.readFile('paths', path), 'FILE_ERROR')
    expect(error.details).toEqual({ errno, path })
    expect(error.message).toContain(path)
  })

  const WRITES: [string, string][] = [
    ['there/below', 'ENOTDIR'],
    ['there/and/below', 'ENOTDIR'],
    ['directory', 'EISDIR'],
    ['new/', 'EISDIR'],
    ['..', 'EISDIR'],
    ['x'.repeat(256), 'ENAMETOOLONG'],
    [`${'x'.repeat(256)}/file`, 'ENAMETOOLONG'],
    ['/etc/new', 'EACCES'],
    ['/new/file', 'EACCES'],
    ['/file', 'EACCES'],
    ['/home/other/file', 'EACCES'],
  ]

  test.each(WRITES)('writing %s fails with %s', async (path, errno) => {
    await box.writeFile('paths', 'there', '')
    await box.writeFile('paths', 'directory/file', '')
    const error = await rejection(box.writeFile('paths', path, 'x'), 'FILE_ERROR')
    expect(error.details).toEqual({ errno, path })
    expect(error.message).toContain(path)
  })

  test('a file of more than 64 MiB is too large', async () => {
    const error = await rejection(box.writeFile('paths', 'large', new Uint8Array(64 * 1024 * 1024 + 1)), 'FILE_TOO_LARGE')
    expect(error.details).toEqual({ path: 'large', size: 64 * 1024 * 1024 + 1, limit: 64 * 1024 * 1024 })
  })

  test('directories and files go in and come out', async () => {
    const directory = treeDirectory()
    const at = (name: string) => path.join(directory, name)
    mkdirSync(at('project/src/empty'), { recursive: true })
    writeFileSync(at('project/main.py'), 'print(1)')
    writeFileSync(at('project/src/__proto__'), 'x')
    expect(await box.upload('copies', at('project'), 'a/project')).toEqual({ entries: 4, bytes: 9 })
    expect(await box.readFile('copies', 'a/project/src/__proto__')).toBe('x')
    await box.writeFile('copies', 'a/project/new', 'new')
    await box.writeFile('copies', 'a/project/main.py', 'old')
    await box.upload('copies', at('project'), '/workspace/a/project')
    await box.upload('copies', at('project'), 'a/..')
    expect(await box.readFile('copies', 'main.py')).toBe('print(1)')
    expect(await box.download('copies', 'a', at('out/a'))).toEqual({ entries: 6, bytes: 12 })
    expect(tree(at('out/a/project'))).toEqual({ ...tree(at('project')), new: 'file 644 new' })
    expect(await box.download('copies', 'a/project/main.py', at('out/main.py'))).toEqual({ entries: 1, bytes: 8 })
    const handle = await box.getOrCreate('copies')
    expect([await handle.upload(at('out/main.py'), 'b'), await handle.download('b', at('b'))]).toEqual([{ entries: 1, bytes: 8 }, { entries: 1, bytes: 8 }])
  })

  test('what can’t be copied is told with its path', async () => {
    const directory = treeDirectory()
    const at = (name: string) => path.join(directory, name)
    for (const name of ['d', 'e']) mkdirSync(at(name))
    writeFileSync(at('f'), 'x')
    symlinkSync('/etc/passwd', at('d/link'))
    await box.writeFile('copies', 'there/file', 'x')
    const details = async (copy: Promise<unknown>) => (await rejection(copy, 'FILE_ERROR')).details
    expect(await details(box.upload('copies', at('none'), 'x'))).toMatchObject({ errno: 'ENOENT', path: at('none') })
    execFileSync('mkfifo', [at('pipe')])
    expect(await details(box.upload('copies', at('pipe'), 'x'))).toMatchObject({ errno: 'EINVAL', reason: 'kind', path: at('pipe') })
    expect(await details(box.upload('copies', at('f'), 'there/..'))).toMatchObject({ errno: 'EISDIR', path: 'there/..' })
    expect(await details(box.upload('copies', at('d'), 'x'))).toMatchObject({ reason: 'link', path: at('d/link') })
    expect(await details(box.upload('copies', at('d/link'), 'x'))).toMatchObject({ errno: 'ELOOP', path: at('d/link') })
    expect(await details(box.upload('copies', at('f'), 'there'))).toMatchObject({ errno: 'EISDIR', path: 'there' })
    expect(await details(box.upload('copies', at('e'), 'there/file'))).toMatchObject({ errno: 'ENOTDIR', path: 'there/file' })
    expect(await details(box.upload('copies', at('f'), '/etc/x'))).toMatchObject({ errno: 'EACCES', path: '/etc/x' })
    expect(await details(box.download('copies', 'none', at('x')))).toMatchObject({ errno: 'ENOENT', path: 'none' })
    expect(await details(box.download('copies', 'there', at('f')))).toMatchObject({ errno: 'ENOTDIR', path: at('f') })
    expect(await details(box.download('copies', 'there/file', at('d')))).toMatchObject({ errno: 'EISDIR', path: at('d') })
    const limit = async (copy: Promise<unknown>) => (await rejection(copy, 'FILE_TOO_LARGE')).details
    expect(await limit(box.download('copies', 'there', at('x'), { maxEntries: 0 }))).toMatchObject({ limit: 0, path: 'there/file' })
    expect(await limit(box.upload('copies', at('f'), 'x', { maxBytes: 0 }))).toMatchObject({ limit: 0, path: at('f') })
  })

  test('a stop keeps all files, a removal those of the workspace, and with workspace: true none', async () => {
    const contents = async () => Promise.all(['inside', '/tmp/beside'].map((path) => box.readFile('kept', path).catch(({ code }) => code as string)))
    await box.writeFile('kept', 'inside', 'x')
    await box.writeFile('kept', '/tmp/beside', 'y')
    await box.stop('kept')
    expect(await contents()).toEqual(['x', 'y'])
    await box.remove('kept')
    expect(await contents()).toEqual(['x', 'FILE_ERROR'])
    await box.remove('kept', { workspace: true })
    expect(await contents()).toEqual(['FILE_ERROR', 'FILE_ERROR'])
  })

  test('a read-only root is one, and directories in memory are empty after a stop', async () => {
    const other = open({ readOnly: true, tmpfs: { '/scratch/deep': '1m' } })
    await other.writeFile('a', 'file', 'x')
    await other.writeFile('a', '/scratch/deep/file', 'x')
    for (const path of ['/tmp/x', '/home/sandbox/x', '/etc/x', '/scratch/x']) expect((await rejection(other.writeFile('a', path, 'x'), 'FILE_ERROR')).details).toMatchObject({ errno: 'EROFS' })
    await other.stop('a')
    expect(await other.readFile('a', 'file')).toBe('x')
    expect((await rejection(other.readFile('a', '/scratch/deep/file'), 'FILE_ERROR')).details).toMatchObject({ errno: 'ENOENT' })
  })

  test('a result says how a command ended', async () => {
    const result = await box.exec('exec', 'echo out; echo err >&2; exit 3')
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3, signal: null, executionTime: expect.any(Number), timedOut: false, truncated: false, stdoutBytes: 4, stderrBytes: 4, oomKilled: false })
    expect(await box.exec('exec', 'kill -TERM $$')).toMatchObject({ exitCode: 143, signal: 'SIGTERM' })
  })

  const SIMPLE: [string | string[], { exitCode?: number; stdout?: string; stderr?: string }][] = [
    ['true', {}],
    [['true'], {}],
    ['false', { exitCode: 1 }],
    ['  echo  a   b ', { stdout: 'a b\n' }],
    [['echo', '  a ', '$b'], { stdout: '  a  $b\n' }],
    ['echo', { stdout: '\n' }],
    ['exit', {}],
    ['exit 7', { exitCode: 7 }],
    ['exit 258', { exitCode: 2 }],
    [' ', {}],
    ['cat there ./there /workspace/there', { stdout: 'texttexttext' }],
    [['cat', 'missing', 'there', '.'], { stdout: 'text', stderr: 'cat: missing: No such file or directory\ncat: .: Is a directory\n', exitCode: 1 }],
    ['cat', { stdout: 'input' }],
  ]

  test.each(SIMPLE)('%j does the same', async (command, expected) => {
    await box.writeFile('simple', 'there', 'text')
    const result = await box.exec('simple', command, { stdin: 'input' })
    expect(result).toMatchObject({ exitCode: 0, stdout: '', stderr: '', ...expected })
  })

  test('what is not there is not found, or not started', async () => {
    const { exitCode, stderr } = await box.exec('exec', 'no-such-program --help')
    expect({ exitCode, stderr }).toEqual({ exitCode: 127, stderr: expect.stringMatching(/^\/bin\/bash: line 1: no-such-program: command not found\n/) })
    for (const command of [['no-such-program'], ['exit', '3'], ['__proto__']]) {
      expect((await rejection(box.exec('exec', command), 'COMMAND_NOT_STARTED')).details).toEqual({ reason: 'ENOENT' })
    }
  })

  test('a command runs in its working directory, which must be there', async () => {
    await box.writeFile('exec', 'sub/file', 'x')
    for (const [cwd, expected] of [[undefined, '/workspace'], ['sub', '/workspace/sub'], ['/tmp', '/tmp'], ['sub/..', '/workspace']] as const) {
      expect((await box.exec('exec', 'pwd', { cwd })).stdout).toBe(`${expected}\n`)
    }
    expect((await box.exec('exec', ['cat', 'file'], { cwd: 'sub' })).stdout).toBe('x')
    for (const [cwd, reason] of [['missing', 'ENOENT'], ['sub/file', 'ENOTDIR']]) {
      expect((await rejection(box.exec('exec', 'pwd', { cwd }), 'COMMAND_NOT_STARTED')).details).toEqual({ reason })
    }
  })

  test('the environment of a command is on top of that of the sandbox', async () => {
    expect((await box.exec('exec', 'printf "%s" "$FIRST $SECOND"', { env: { SECOND: 'of the command' } })).stdout).toBe('of the sandbox of the command')
  })

  test('input is what the bytes were at the call', async () => {
    const bytes = new Uint8Array(100_000).fill(97)
    const run = box.exec('exec', ['cat'], { stdin: bytes })
    bytes.fill(98)
    expect((await run).stdout).toBe('a'.repeat(100_000))
  })

  test('output is text or bytes', async () => {
    const text = await box.exec('exec', "printf '\\xff\\0a'")
    const bytes = await box.exec('exec', "printf '\\xff\\0a'", { encoding: 'buffer' })
    expect([text.stdout, bytes.stdout]).toEqual(['\ufffd\0a', Buffer.from([255, 0, 97])])
  })

  test('of output past the limit the first and the last half are kept', async () => {
    const all = numbers(1000)
    const result = await box.exec('exec', 'seq 1 1000', { outputLimit: 100 })
    expect(result).toMatchObject({ truncated: true, stdoutBytes: all.length, stdout: `${all.slice(0, 50)}\n[... ${all.length - 100} bytes omitted ...]\n${all.slice(-50)}` })
    for (const limit of [99, 100, 101, 102]) {
      expect((await box.exec('exec', "printf 'x€%.0s' $(seq 100)", { outputLimit: limit })).stdout).not.toContain('\ufffd')
    }
  })

  test('each stream has its listener, and the result comes after the last call', async () => {
    const heard: string[] = []
    const result = await box.exec('exec', 'echo out; echo err >&2; exit 3', {
      onStdout: async (text: string) => {
        await sleep(50)
        heard.push(`out: ${text}`)
      },
      onStderr: (text: string) => void heard.push(`err: ${text}`),
    })
    expect(heard.sort()).toEqual(['err: err\n', 'out: out\n'])
    expect(result).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 })
  })

  test('a listener hears output as it comes', async () => {
    const heard: [string, number][] = []
    const begun = Date.now()
    await box.exec('exec', 'echo a; sleep 0.2; echo b', { onStdout: (text: string) => void heard.push([text, Date.now() - begun]) })
    expect(heard.map(([text]) => text)).toEqual(['a\n', 'b\n'])
    expect((heard[1]?.[1] ?? 0) - (heard[0]?.[1] ?? 0)).toBeGreaterThan(100)
  })

  test('a slow listener gets all, and is never called twice at once', async () => {
    let [active, most, bytes] = [0, 0, 0]
    const result = await box.exec('exec', 'seq 1 300000', {
      onStdout: async (text: string) => {
        most = Math.max(most, ++active)
        await sleep(2)
        bytes += text.length
        active--
      },
    })
    expect([most, bytes, result.stdoutBytes]).toEqual([1, 1_988_895, 1_988_895])
  })

  test('a listener that throws ends the command, and its error is the rejection', async () => {
    const error = new TypeError('mine')
    const run = box.exec('exec', 'echo begun; sleep 60', {
      onStdout: () => {
        throw error
      },
    })
    await expect(run).rejects.toBe(error)
  })

  test('a deadline ends a command, and its output so far is in the result', async () => {
    const result = await box.exec('exec', 'echo begun; sleep 60', { timeout: 500 })
    expect(result).toMatchObject({ stdout: 'begun\n', exitCode: 124, signal: 'SIGKILL', timedOut: true, oomKilled: false })
    expect(result.executionTime).toBeGreaterThanOrEqual(450)
  })

  test('an abort ends a command, and its output so far is in the error', async () => {
    const abort = new AbortController()
    const { result } = await startCommand(box, 'exec', 'echo begun; sleep 60', { signal: abort.signal })
    abort.abort('enough')
    const error = await rejection(result, 'ABORTED')
    expect(error.details).toEqual({ stdout: 'begun\n', stderr: '', stdoutBytes: 6, stderrBytes: 0 })
    expect(error.cause).toBe('enough')
  })

  test('a signal that is aborted before or during a call ends it', async () => {
    const calls = (signal: AbortSignal) => [box.getOrCreate('b', { signal }), box.exec('b', 'true', { signal }), box.writeFile('b', 'x', '', { signal }), box.stop('b', { signal }), box.list({ signal })]
    for (const call of calls(AbortSignal.abort('before'))) expect((await rejection(call, 'ABORTED')).cause).toBe('before')
    const abort = new AbortController()
    const pending = [box.getOrCreate('b', { signal: abort.signal }), box.exec('b', 'true', { signal: abort.signal })].map((call) => rejection(call, 'ABORTED'))
    abort.abort('during')
    for (const error of await Promise.all(pending)) expect(error.cause).toBe('during')
  })

  test.each([
    ['stop', ['exited'], (id: string) => box.stop(id)],
    // Docker may be at it still.
    ['remove', ['removed', 'gone', 'exited'], (id: string) => box.remove(id)],
  ] as const)('%s ends a command under way, and its output so far is in the error', async (verb, states, end) => {
    const id = `lost-${verb}`
    await box.getOrCreate(id)
    const { result } = await startCommand(box, id, 'echo begun; sleep 60')
    await end(id)
    const { details } = await rejection(result, 'SANDBOX_LOST')
    expect(details).toMatchObject({ stdout: 'begun\n', stderr: '', stdoutBytes: 6 })
    expect(states).toContain(details?.container)
    expect((await box.exec(id, 'echo again')).stdout).toBe('again\n')
  })

  test('close ends what is under way, and every later call', async () => {
    const other = open()
    const handle = await other.getOrCreate('a')
    const { result } = await startCommand(other, 'a', 'echo begun; sleep 60')
    await other.close()
    await rejection(result, 'CLOSED')
    for (const call of [() => other.getOrCreate('a'), () => other.exec('a', 'true'), () => other.readFile('a', 'x'), () => other.list(), () => handle.exec('true')]) await rejection(call(), 'CLOSED')
    await rejection(other.exec('../a', 'true'), 'INVALID_ARGUMENT')
    await other.close()
  })

  test('what is idle is stopped', async () => {
    const other = open({ idleTimeout: 300, cleanupInterval: 100 })
    expect((await other.exec('a', 'echo hi')).stdout).toBe('hi\n')
    await expect.poll(() => other.isRunning('a'), { timeout: 10_000 }).toBe(false)
    expect(await other.list()).toMatchObject([{ id: 'a', state: 'exited' }])
  })

  test('a handle has the same verbs', async () => {
    const handle = await box.getOrCreate('handle')
    await handle.writeFile('file', 'x')
    expect([await handle.readFile('file'), (await handle.exec('cat file')).stdout, await handle.isRunning()]).toEqual(['x', 'x', true])
    expect(await handle.info()).toMatchObject({ id: 'handle', containerId: handle.containerId })
    await handle.stop()
    expect(await handle.isRunning()).toBe(false)
    await handle.remove({ workspace: true })
    expect(() => Object.assign(handle, { id: 'other' })).toThrow(TypeError)
  })

  const REFUSED: [string, string, () => Promise<unknown>][] = [
    ['a hostile id', 'id', () => box.exec('../a', 'true')],
    ['an id that is no text', 'id', () => box.getOrCreate(7 as never)],
    ['an empty command', 'command', () => box.exec('a', '')],
    ['no command', 'command', () => box.exec('a', [])],
    ['a NUL in a command', 'command', () => box.exec('a', 'a\0b')],
    ['a command that is too long', 'command', () => box.exec('a', 'x'.repeat(200_000))],
    ['a misspelt option', 'timeuot', () => box.exec('a', 'true', { timeuot: 1 } as never)],
    ['a deadline past the longest', 'timeout', () => box.exec('a', 'true', { timeout: 300_001 })],
    ['a deadline of nothing', 'timeout', () => box.exec('a', 'true', { timeout: 0 })],
    ['an impossible environment', 'env', () => box.exec('a', 'true', { env: { 'A=B': 'x' } })],
    ['an output limit past the largest', 'outputLimit', () => box.exec('a', 'true', { outputLimit: '65m' })],
    ['a NUL in a directory', 'cwd', () => box.exec('a', 'true', { cwd: 'a\0b' })],
    ['an unknown encoding', 'encoding', () => box.exec('a', 'true', { encoding: 'latin1' as never })],
    ['a listener that is none', 'onStdout', () => box.exec('a', 'true', { onStdout: 'x' as never })],
    ['an empty path', 'path', () => box.readFile('a', '')],
    ['a NUL in a path', 'path', () => box.writeFile('a', 'a\0b', '')],
    ['a path that is too long', 'path', () => box.readFile('a', 'x/'.repeat(2048))],
    ['content that is neither text nor bytes', 'data', () => box.writeFile('a', 'x', 7 as never)],
    ['an empty path of the host', 'hostPath', () => box.upload('a', '', 'x')],
    ['a copy to nowhere', 'path', () => box.upload('a', '/tmp', '')],
    ['a copy of less than nothing', 'maxBytes', () => box.download('a', 'x', '/tmp/x', { maxBytes: -1 })],
    ['a signal that is none', 'signal', () => box.stop('a', { signal: {} as never })],
    ['an unknown option of close', 'stopall', () => box.close({ stopall: true } as never)],
  ]

  test.each(REFUSED)('%s is refused', async (_what, argument, call) => {
    expect((await rejection(call(), 'INVALID_ARGUMENT')).details).toMatchObject({ argument })
  })

  test.each([{ memmory: '1g' }, { memory: '1m' }, { cpus: 0 }, { user: 'root' }, { network: 'host' }, { timeout: 300_001 }, { profile: 'vm' }, { mounts: [{ type: 'bind', source: '/', target: '/host' }] }, { idleTimeout: -1 }])(
    '%j are no options',
    (options) => {
      thrown(() => open(options as never), 'INVALID_ARGUMENT')
    },
  )
})
