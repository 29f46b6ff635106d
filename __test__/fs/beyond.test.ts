import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ network: 'none' })
const fs = box.fs('a')

test('lines are read with the total, whatever the size of the file', async () => {
  await fs.writeFile('text', 'one\ntwo\r\n\nfour')
  expect(await fs.readLines('text')).toEqual({ lines: ['one', 'two\r', '', 'four'], text: 'one\ntwo\r\n\nfour', total: 4 })
  expect(await fs.readLines('text', { start: 2, end: 3 })).toEqual({ lines: ['two\r', ''], text: 'two\r\n\n', total: 4 })
  expect(await fs.readLines('text', { start: 9 })).toEqual({ lines: [], text: '', total: 4 })
  await box.exec('a', 'seq 20000000 > big')
  expect(await fs.readLines('big', { start: 12_345_678, end: 12_345_679 })).toEqual({ lines: ['12345678', '12345679'], text: '12345678\n12345679\n', total: 20_000_000 })
  await rejection(fs.readLines('big'), 'FILE_TOO_LARGE')
  await rejection(fs.readLines('text', { start: 0 }), 'INVALID_ARGUMENT')
  await expect(fs.readLines('missing')).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open', path: 'missing' })
})

test('an edit replaces text that is there exactly once, and keeps the mode', async () => {
  await fs.writeFile('code', 'let a = 1\nlet b = 1\n', { mode: 0o755 })
  expect(await fs.edit('code', { oldText: 'a = 1', newText: 'a = 2' })).toEqual({ replaced: 1 })
  expect(await fs.readFile('code', 'utf8')).toBe('let a = 2\nlet b = 1\n')
  expect((await fs.stat('code')).mode & 0o777).toBe(0o755)
  const twice = await rejection(fs.edit('code', { oldText: 'let', newText: 'const' }), 'CONFLICT')
  expect(twice.details).toEqual({ matches: 2, path: 'code' })
  const none = await rejection(fs.edit('code', { oldText: 'missing', newText: '' }), 'CONFLICT')
  expect(none.details).toEqual({ matches: 0, path: 'code' })
  expect(await fs.readFile('code', 'utf8')).toBe('let a = 2\nlet b = 1\n')
  expect(await fs.edit('code', { oldText: 'let', newText: 'const', all: true })).toEqual({ replaced: 2 })
  expect(await fs.readFile('code', 'utf8')).toBe('const a = 2\nconst b = 1\n')
  await rejection(fs.edit('code', { oldText: '', newText: 'x' }), 'INVALID_ARGUMENT')
  await expect(fs.edit('missing', { oldText: 'a', newText: 'b' })).rejects.toMatchObject({ code: 'ENOENT' })
})

test('an edit is refused when the file is not the expected one', async () => {
  await fs.writeFile('guarded', 'first')
  const { mtimeMs } = await fs.stat('guarded')
  const sha256 = createHash('sha256').update('first').digest('hex')
  await box.exec('a', 'sleep 0.02; echo -n first again > guarded')
  for (const expected of [{ mtimeMs }, { sha256 }]) {
    const refused = await rejection(fs.edit('guarded', { oldText: 'first', newText: 'second', expected }), 'CONFLICT')
    expect(refused.details).toEqual({ changed: true, path: 'guarded' })
  }
  const now = { mtimeMs: (await fs.stat('guarded')).mtimeMs, sha256: createHash('sha256').update('first again').digest('hex') }
  await fs.edit('guarded', { oldText: 'first', newText: 'second', expected: now })
  expect(await fs.readFile('guarded', 'utf8')).toBe('second again')
  await rejection(fs.edit('guarded', { oldText: 'a', newText: 'b', expected: { sha256: 'xyz' } }), 'INVALID_ARGUMENT')
})

test('several files are written in one go, up to the first that can not be', async () => {
  const big = Buffer.alloc(3_000_000, 'x')
  await fs.writeFiles([{ path: 'many/one', data: '1' }, { path: 'many/deep/two', data: big, mode: 0o700 }, { path: 'many/three', data: '' }])
  expect(await fs.readdir('many', { recursive: true })).toEqual(['deep', 'deep/two', 'one', 'three'])
  expect((await fs.readFile('many/deep/two')).equals(big)).toBe(true)
  expect((await fs.stat('many/deep/two')).mode & 0o777).toBe(0o700)
  const failed = fs.writeFiles([{ path: 'many/one', data: 'new' }, { path: 'many/one/below', data: big }, { path: 'many/four', data: '4' }])
  await expect(failed).rejects.toMatchObject({ code: 'ENOTDIR', details: { written: 1, path: 'many/one/below' } })
  expect(await fs.readFile('many/one', 'utf8')).toBe('new')
  expect(await fs.exists('many/four')).toBe(false)
  await fs.writeFiles([])
})
