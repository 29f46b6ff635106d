import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test.each(['./a', 'x/../b', 'x/./c', '//workspace//d', '/workspace/e', '../workspace/f'])('accepts the path %s', async (path) => {
  await box.exec('a', 'mkdir -p x')
  await box.writeFile('a', path, path)
  expect(await box.readFile('a', path)).toBe(path)
})

test.each(['-rf', '--help', ' ', 'new\nline', '\u001b[31m', 'é', 'e\u0301', '😀', '\u202egnp.exe', 'a\\b', '*', '$(id)', 'x'.repeat(255), '__proto__', 'a:b', '.hidden', '~'])(
  'a file may be called %j',
  async (name) => {
    await box.writeFile('a', `names/${name}`, name)
    expect(await box.readFile('a', `names/${name}`)).toBe(name)
    const { stdout } = await box.exec('a', ['python3', '-c', 'import os, json; print(json.dumps(os.listdir("names")))'])
    expect(JSON.parse(stdout)).toContain(name)
  },
)

test('absolute paths are paths of the sandbox', async () => {
  await box.writeFile('a', '/tmp/outside', 'x')
  expect((await box.exec('a', 'cat /tmp/outside')).stdout).toBe('x')
  await box.writeFile('a', '/home/sandbox/.config/tool', 'y')
  expect(await box.readFile('a', '/home/sandbox/.config/tool')).toBe('y')
  expect(await box.readFile('a', '/etc/hostname')).toBe('sandbox\n')
})

test('.. at the root stays at the root', async () => {
  expect(await box.readFile('a', '../../../../../etc/hostname')).toBe('sandbox\n')
})

test.each([
  ['missing', 'missing', 'ENOENT'],
  ['in a missing directory', 'missing/file', 'ENOENT'],
  ['below a file', 'file/below', 'ENOTDIR'],
  ['of too long a name', 'x'.repeat(256), 'ENAMETOOLONG'],
])('reading a file that is %s fails', async (_, path, errno) => {
  await box.writeFile('a', 'file', '')
  const error = await rejection(box.readFile('a', path), 'FILE_ERROR')
  expect(error.details).toMatchObject({ errno, path })
  expect(error.message).toContain(path)
})

test.each([
  ['below a file', 'file/below', 'ENOTDIR'],
  ['deep below a file', 'file/below/and/below', 'ENOTDIR'],
  ['of too long a name', 'x'.repeat(256), 'ENAMETOOLONG'],
  ['in a directory with too long a name', `${'x'.repeat(256)}/file`, 'ENAMETOOLONG'],
  ['that the user may not write', '/etc/passwd', 'EACCES'],
  ['in a directory that the user may not write', '/etc/new', 'EACCES'],
  ['in a directory that cannot be created', '/new/file', 'EACCES'],
])('writing a file that is %s fails', async (_, path, errno) => {
  await box.writeFile('a', 'file', '')
  const error = await rejection(box.writeFile('a', path, 'x'), 'FILE_ERROR')
  expect(error.details).toMatchObject({ errno, path })
})

test.each([[''], ['a\0b'], ['x'.repeat(4096)], [1], [null], [undefined], [{}]])('rejects %j as a path', async (path) => {
  for (const call of [box.readFile('a', path as string), box.writeFile('a', path as string, 'x')]) {
    expect((await rejection(call, 'INVALID_ARGUMENT')).details).toMatchObject({ argument: 'path' })
  }
})

test.each([[{ encoding: 'latin1' }], [{ encodign: 'utf8' }], ['latin1'], [{ signal: {} }], [7]])('rejects %j as options', async (options) => {
  await rejection(box.readFile('a', 'x', options as 'utf8'), 'INVALID_ARGUMENT')
})
