import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newManager } from '../support/sessions.ts'

const sessions = newManager()
const session = await sessions.createSession()
const sh = (command: string) => sessions.executeCommand(session, command)
const names = async (path?: string) => (await sessions.listFiles(session, path)).map(({ name }) => name)

test('a directory listing is sorted by name and describes each entry', async () => {
  await sh('mkdir -p list/dir && cd list && printf 12345 > file && chmod 640 file && ln -s /etc/passwd link && mkfifo pipe && touch -d @1700000000.25 file')
  expect(await sessions.listFiles(session, 'list')).toEqual([
    { name: 'dir', type: 'directory', size: expect.any(Number), mode: 0o755, modified: expect.any(String) },
    { name: 'file', type: 'file', size: 5, mode: 0o640, modified: '2023-11-14T22:13:20.250Z' },
    { name: 'link', type: 'symlink', size: '/etc/passwd'.length, mode: 0o777, modified: expect.any(String) },
    { name: 'pipe', type: 'other', size: 0, mode: 0o644, modified: expect.any(String) },
  ])
  expect(await names()).toContain('list')
  expect(await names('/workspace/list/dir')).toEqual([])
})

test('names that are not valid UTF-8 are also returned as bytes (F8)', async () => {
  await sh(`mkdir odd && cd odd && python3 -c "
import os
for name in [b'new\\nline', b'\\x1b[31m', b'\\xff\\xfe', b'-rf', b'n' * 255]: os.close(os.open(name, os.O_CREAT))"`)
  const entries = await sessions.listFiles(session, 'odd')
  expect(entries.map(({ name, nameBytes }) => nameBytes ?? name)).toEqual(['\u001b[31m', '-rf', 'new\nline', 'n'.repeat(255), Buffer.from([0xff, 0xfe])])
  await sessions.deleteFile(session, 'odd/-rf')
  await sessions.deleteFile(session, 'odd/new\nline')
  expect(await names('odd')).toHaveLength(3)
})

test('a large directory is listed completely; one over the limit is refused', async () => {
  await sh('mkdir many && cd many && seq 20000 | xargs touch')
  expect(await names('many')).toHaveLength(20_000)
  await sh('cd many && seq 20001 100001 | xargs touch')
  const { details } = await rejection(sessions.listFiles(session, 'many'), 'FILE_TOO_LARGE')
  expect(details).toMatchObject({ limit: 100_000 })
  await sessions.deleteFile(session, 'many', { recursive: true })
})

test.each([
  ['missing', 'ENOENT'],
  ['/etc/passwd', 'ENOTDIR'],
  ['/root', 'EACCES'],
  ['/proc/1/fd', 'EACCES'],
  ['/proc/self/task', 'EACCES'],
  ['/proc/self/fd', 'EACCES'],
])('listing %s fails with %s', async (path, errno) => {
  const { details } = await rejection(sessions.listFiles(session, path), 'FILE_ERROR')
  expect(details).toMatchObject({ errno, path })
})

test('deleteFile deletes files, and links but not their targets', async () => {
  await sh('mkdir gone && cd gone && echo x > kept && ln -s kept link && ln -s . self && ln -s missing dangling')
  for (const name of ['link', 'self', 'dangling']) await sessions.deleteFile(session, `gone/${name}`)
  expect(await names('gone')).toEqual(['kept'])
  await sessions.deleteFile(session, 'gone/kept')
  expect(await names('gone')).toEqual([])
})

test('deleteFile deletes a directory with its contents only when asked to', async () => {
  await sh('mkdir -p tree/a/b/c && cd tree && echo x > a/b/file && mkdir closed && touch closed/in && chmod 0 closed && ln -s /workspace a/up')
  expect((await rejection(sessions.deleteFile(session, 'tree'), 'FILE_ERROR')).details).toMatchObject({ errno: 'EISDIR' })
  await sessions.deleteFile(session, 'tree', { recursive: true })
  expect(await names()).not.toContain('tree')
  expect(await names()).toContain('list')
})

test('deleting a missing file is an error unless forced', async () => {
  expect((await rejection(sessions.deleteFile(session, 'none'), 'FILE_ERROR')).details).toMatchObject({ errno: 'ENOENT' })
  await sessions.deleteFile(session, 'none', { force: true })
  await sessions.deleteFile(session, 'none/below', { force: true, recursive: true })
})

test('the workspace itself and files of other users cannot be deleted', async () => {
  await sh('touch stays')
  for (const path of ['.', '/workspace', '/workspace/', '../workspace', '/']) {
    await rejection(sessions.deleteFile(session, path, { recursive: true }), 'FILE_ERROR')
  }
  for (const path of ['/etc/passwd', '/etc', '/proc/1', '/usr/bin']) {
    await rejection(sessions.deleteFile(session, path, { recursive: true }), 'FILE_ERROR')
  }
  expect(await names()).toContain('stays')
})

test('thirty thousand nested directories are deleted while other calls are answered (F9)', async () => {
  await sh(`python3 -c "
import os
for _ in range(30000):
    os.mkdir('d'); os.chdir('d')"`)
  const deleting = sessions.deleteFile(session, 'd', { recursive: true })
  expect((await sh('echo meanwhile')).stdout).toBe('meanwhile\n')
  await deleting
  expect(await names()).not.toContain('d')
})

test('rejects invalid arguments', async () => {
  await rejection(sessions.listFiles(session, 'a\0b'), 'INVALID_ARGUMENT')
  await rejection(sessions.deleteFile(session, 7 as never), 'INVALID_ARGUMENT')
  await rejection(sessions.deleteFile(session, 'x', { recursiv: true } as never), 'INVALID_ARGUMENT')
  await rejection(sessions.listFiles('no-such-session'), 'NOT_FOUND')
})
