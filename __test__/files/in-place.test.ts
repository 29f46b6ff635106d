import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'

function hostFile(content: string): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-mounted-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  chmodSync(directory, 0o755)
  const file = path.join(directory, 'file')
  writeFileSync(file, content, { mode: 0o640 })
  chownSync(file, 1000, 1000)
  return file
}

test('a file that is mounted by itself is written in place', async () => {
  const source = hostFile('a long old content')
  const { ino } = statSync(source)
  const box = newSandboxes({ mounts: [{ type: 'bind', source, target: '/workspace/conf' }] })
  await box.writeFile('a', 'conf', 'new')
  expect(readFileSync(source, 'utf8')).toBe('new')
  expect(statSync(source)).toMatchObject({ ino, mode: 0o100640, uid: 1000 })
  await box.writeFile('a', 'conf', '', { mode: 0o600 })
  expect(statSync(source)).toMatchObject({ ino, mode: 0o100600 })
  expect(readFileSync(source, 'utf8')).toBe('')
})

test('a mounted file that is read-only is refused and keeps its content', async () => {
  const source = hostFile('old')
  const box = newSandboxes({ mounts: [{ type: 'bind', source, target: '/workspace/conf', readOnly: true }] })
  const error = await rejection(box.writeFile('a', 'conf', 'new'), 'FILE_ERROR')
  expect(error.details?.errno).toBe('EROFS')
  expect(readFileSync(source, 'utf8')).toBe('old')
})

test('a writable file in a directory that may not be changed is written in place, and a read-only one is not', async () => {
  const box = newSandboxes()
  await box.exec('a', 'mkdir d && echo old > d/f && echo kept > d/r && chmod 444 d/r && chmod 555 d')
  await box.writeFile('a', 'd/f', 'new')
  expect((await box.exec('a', 'cat d/f; ls -A d')).stdout).toBe('newf\nr\n')
  expect((await rejection(box.writeFile('a', 'd/r', 'new'), 'FILE_ERROR')).details?.errno).toBe('EACCES')
  expect((await rejection(box.writeFile('a', 'd/other', 'new'), 'FILE_ERROR')).details?.errno).toBe('EACCES')
  expect(await box.readFile('a', 'd/r')).toBe('kept\n')
})
