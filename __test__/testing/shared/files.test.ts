import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

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
})
