import { beforeAll, expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

beforeAll(async () => {
  await box.exec('a', 'mkdir -p "sub/with space" && ln -s sub link && echo x > file && mkdir closed && chmod 0 closed')
})

test.each([
  [undefined, '/workspace'],
  ['.', '/workspace'],
  ['', '/workspace'],
  ['sub', '/workspace/sub'],
  ['./sub/', '/workspace/sub'],
  ['sub/with space', '/workspace/sub/with space'],
  ['sub/..', '/workspace'],
  ['..', '/'],
  ['/tmp', '/tmp'],
  ['/', '/'],
])('cwd %j is %s', async (cwd, expected) => {
  const result = await box.exec('a', ['pwd', '-P'], { cwd })
  expect(result.stdout).toBe(`${expected}\n`)
})

test('a link to a directory is followed', async () => {
  expect((await box.exec('a', ['pwd', '-P'], { cwd: 'link' })).stdout).toBe('/workspace/sub\n')
})

test.each([
  ['missing', 'missing', 'ENOENT'],
  ['a file', 'file', 'ENOTDIR'],
  ['closed to the user', 'closed', 'EACCES'],
  ['/root, which is closed to the user', '/root', 'EACCES'],
])('a cwd that is %s keeps the command from starting', async (_, cwd, reason) => {
  const error = await rejection(box.exec('a', 'echo ran', { cwd }), 'COMMAND_NOT_STARTED')
  expect(error.message).toContain(cwd)
  expect(error.details).toMatchObject({ reason })
})

test('a cwd with a NUL is refused', async () => {
  await rejection(box.exec('a', 'true', { cwd: 'a\0b' }), 'INVALID_ARGUMENT')
})
