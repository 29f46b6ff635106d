import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2, env: { FROM_OPTIONS: 'yes', OVERRIDDEN: 'options' } })

async function environment(env?: Record<string, string>): Promise<Record<string, string>> {
  const { stdout } = await box.exec('a', ['python3', '-c', 'import os, json; print(json.dumps(dict(os.environ)))'], { env })
  return JSON.parse(stdout) as Record<string, string>
}

test('the sandbox user has HOME, USER, LOGNAME and PATH', async () => {
  expect(await environment()).toMatchObject({ HOME: '/home/sandbox', USER: 'sandbox', LOGNAME: 'sandbox', PATH: expect.stringContaining('/usr/bin') })
})

test("the image's environment is kept, and the host's does not leak in", async () => {
  process.env.COFFERDAM_TEST_SECRET = 'of the host'
  const found = await environment()
  delete process.env.COFFERDAM_TEST_SECRET
  expect(found).toMatchObject({ PIP_BREAK_SYSTEM_PACKAGES: '1' })
  expect(found).not.toHaveProperty('COFFERDAM_TEST_SECRET')
})

test('a command’s environment overrides that of the options', async () => {
  expect(await environment({ OVERRIDDEN: 'command' })).toMatchObject({ FROM_OPTIONS: 'yes', OVERRIDDEN: 'command' })
})

test('odd names and values arrive unchanged', async () => {
  const odd = {
    EMPTY: '',
    NEWLINES: 'a\nb\r\n',
    UNICODE: 'é 😀 \u202e',
    QUOTES: `'"\`$HOME $(id)`,
    EQUALS: 'a=b=c',
    'with space': '1',
    'dash-ed': '2',
    'ünï': '3',
    '0': '4',
    __proto__x: '5',
    LONG: 'x'.repeat(100_000),
  }
  expect(await environment(odd)).toMatchObject(odd)
})

test('HOME and PATH can be set', async () => {
  expect(await environment({ HOME: '/tmp', PATH: '/usr/bin' })).toMatchObject({ HOME: '/tmp', PATH: '/usr/bin' })
})

test.each([
  ['an empty name', { '': 'x' }],
  ['an equals sign in a name', { 'A=B': 'x' }],
  ['a NUL in a name', { 'A\0': 'x' }],
  ['a NUL in a value', { A: 'x\0y' }],
  ['a number as a value', { A: 1 }],
  ['null as a value', { A: null }],
  ['an array', ['A=1']],
  ['a string', 'A=1'],
  ['null', null],
])('%s is refused', async (_, env) => {
  const error = await rejection(box.exec('a', 'true', { env: env as Record<string, string> }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'env' })
})

test('an undefined environment adds nothing', async () => {
  expect((await box.exec('a', 'echo ok', { env: undefined })).stdout).toBe('ok\n')
})

test('new files have the usual modes', async () => {
  expect((await box.exec('a', 'umask')).stdout).toBe('0022\n')
})
