import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open({ env: { FIRST: 'of the sandbox', SECOND: 'of the sandbox' } })

  test('a result says how a command ended', async () => {
    const result = await box.exec('exec', 'echo out; echo err >&2; exit 3')
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3, signal: null, executionTime: expect.any(Number), timedOut: false, truncated: false, stdoutBytes: 4, stderrBytes: 4, oomKilled: false, limits: [], outputOpen: false })
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
})
