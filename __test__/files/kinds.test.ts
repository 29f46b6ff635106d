import { beforeAll, expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

beforeAll(async () => {
  await box.exec('a', `mkdir directory; mkfifo pipe; ln -s pipe to-pipe
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('socket')"`)
})

const KINDS: [string, string, string][] = [
  ['a directory', 'directory', 'EISDIR'],
  ['the workspace', '.', 'EISDIR'],
  ['a path with a slash at the end', 'directory/', 'EISDIR'],
  ['a named pipe', 'pipe', 'EINVAL'],
  ['a link to a named pipe', 'to-pipe', 'EINVAL'],
  ['a socket', 'socket', 'EINVAL'],
  ['/dev/zero', '/dev/zero', 'EINVAL'],
  ['/dev/null', '/dev/null', 'EINVAL'],
  ['/dev/tty', '/dev/tty', 'EINVAL'],
]

test.each(KINDS)('reading %s fails at once', async (_, path, errno) => {
  const begun = Date.now()
  const error = await rejection(box.readFile('a', path), 'FILE_ERROR')
  expect(Date.now() - begun).toBeLessThan(2000)
  expect(error.details).toMatchObject({ errno, path })
})

test.each(KINDS)('writing %s fails at once', async (_, path, errno) => {
  const begun = Date.now()
  const error = await rejection(box.writeFile('a', path, 'x'), 'FILE_ERROR')
  expect(Date.now() - begun).toBeLessThan(2000)
  expect(error.details).toMatchObject({ errno, path })
})

test('a refused write does not wake a reader of a named pipe', async () => {
  const reader = box.exec('a', 'cat pipe', { timeout: 700 })
  await rejection(box.writeFile('a', 'pipe', 'x'), 'FILE_ERROR')
  await rejection(box.readFile('a', 'pipe'), 'FILE_ERROR')
  expect((await reader).timedOut).toBe(true)
})
