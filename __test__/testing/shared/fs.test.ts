import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()
  const fs = box.fs('fs')
  const code = (promise: Promise<unknown>) => promise.then(() => 'done', (error) => error.code)

  test('files are written, read, examined and listed', async () => {
    await fs.mkdir('top')
    await fs.writeFile('top/one', 'first', { mode: 0o700 })
    await fs.appendFile('top/one', ' more')
    expect(await fs.readFile('top/one', 'utf8')).toBe('first more')
    const stats = await fs.stat('top/one')
    expect([stats.isFile(), stats.size, (stats.mode & 0o777).toString(8)]).toEqual([true, 10, '700'])
    await fs.chmod('top/one', 0o640)
    await fs.utimes('top/one', 1, 2)
    const changed = await fs.stat('top/one')
    expect([(changed.mode & 0o777).toString(8), changed.mtime]).toEqual(['640', new Date(2000)])
    expect(await fs.mkdir('top/a/b', { recursive: true })).toBe('/workspace/top/a')
    expect(await fs.readdir('top')).toEqual(['a', 'one'])
    expect(await fs.readdir('top', { recursive: true })).toEqual(['a', 'a/b', 'one'])
    expect((await fs.readdir('top', { withFileTypes: true })).map((entry) => [entry.name, entry.isDirectory()])).toEqual([['a', true], ['one', false]])
    expect(await fs.realpath('top/../top/one')).toBe('/workspace/top/one')
  })

  test('files are moved, copied and deleted', async () => {
    await fs.mkdir('move/deep', { recursive: true })
    await fs.writeFile('move/deep/file', 'x')
    await fs.cp('move', 'copy', { recursive: true })
    await fs.rename('move/deep/file', 'move/file')
    await fs.copyFile('move/file', 'move/other')
    expect(await fs.readdir('move', { recursive: true })).toEqual(['deep', 'file', 'other'])
    expect(await fs.readdir('copy', { recursive: true })).toEqual(['deep', 'deep/file'])
    expect(await code(fs.cp('move', 'move/inside', { recursive: true }))).toBe('ERR_FS_CP_EINVAL')
    await fs.unlink('move/other')
    await fs.rmdir('move/deep')
    await fs.rm('copy', { recursive: true })
    expect(await fs.exists('copy')).toBe(false)
    await fs.rm('copy', { force: true })
  })

  const FAILURES: [string, () => Promise<unknown>, string][] = [
    ['stat of nothing', () => fs.stat('missing'), 'ENOENT'],
    ['readdir of a file', () => fs.readdir('there'), 'ENOTDIR'],
    ['writing below nothing', () => fs.writeFile('no/file', ''), 'ENOENT'],
    ['writing a file that must be new', () => fs.writeFile('there', '', { flag: 'wx' }), 'EEXIST'],
    ['making a directory again', () => fs.mkdir('full'), 'EEXIST'],
    ['removing a directory that is not empty', () => fs.rmdir('full'), 'ENOTEMPTY'],
    ['removing a directory without its content', () => fs.rm('full'), 'ERR_FS_EISDIR'],
    ['unlinking a directory', () => fs.unlink('full'), 'EISDIR'],
    ['copying onto a file that must be new', () => fs.copyFile('there', 'full/file', 1), 'EEXIST'],
    ['reading what is no link', () => fs.readlink('there'), 'EINVAL'],
    ['access', () => fs.access('there', 1), 'EACCES'],
    ['writing where only root may', () => fs.writeFile('/etc/new', ''), 'EACCES'],
  ]

  test.each(FAILURES)('%s fails as in node:fs', async (_name, call, expected) => {
    await fs.writeFile('there', '')
    await fs.mkdir('full', { recursive: true })
    await fs.writeFile('full/file', '')
    expect(await code(call())).toBe(expected)
  })

  test('files stay open, and are streams', async () => {
    const file = await fs.open('handle', 'w+')
    await file.write('hello world')
    await file.write('HELLO', 0)
    await file.truncate(8)
    expect((await file.stat()).size).toBe(8)
    await file.close()
    expect(await code(file.stat())).toBe('EBADF')
    expect(await text(fs.createReadStream('handle', { start: 3, end: 6 }))).toBe('LO w')
    const stream = fs.createWriteStream('handle', { flags: 'a' })
    stream.end('!')
    await new Promise((resolve) => stream.once('close', resolve))
    expect(await fs.readFile('handle', 'utf8')).toBe('HELLO wo!')
  })

  test('lines are read and text is edited', async () => {
    await fs.writeFiles([{ path: 'edit/file', data: 'one\ntwo\nthree\n' }])
    expect(await fs.readLines('edit/file', { start: 2, end: 2 })).toEqual({ lines: ['two'], text: 'two\n', total: 3 })
    expect(await fs.edit('edit/file', { oldText: 'two', newText: '2' })).toEqual({ replaced: 1 })
    expect((await rejection(fs.edit('edit/file', { oldText: 'two', newText: '2' }), 'CONFLICT')).details).toEqual({ matches: 0, path: 'edit/file' })
    expect((await rejection(fs.edit('edit/file', { oldText: '2', newText: '3', expected: { mtimeMs: 1 } }), 'CONFLICT')).details).toEqual({ changed: true, path: 'edit/file' })
    expect(await fs.readFile('edit/file', 'utf8')).toBe('one\n2\nthree\n')
  })

  test('files and lines are found', async () => {
    await fs.writeFiles([
      { path: 'find/src/main.ts', data: 'one port\ntwo\nPort three\n' },
      { path: 'find/src/deep/util.ts', data: 'nothing\n' },
      { path: 'find/notes.md', data: 'a port\n' },
    ])
    expect(await fs.glob('**/*.ts', { cwd: 'find' })).toEqual({ paths: ['src/deep/util.ts', 'src/main.ts'], truncated: false })
    expect(await fs.glob('src/**', { cwd: 'find', ignore: 'src/deep/**' })).toEqual({ paths: ['src/main.ts'], truncated: false })
    expect((await fs.glob('**/*', { cwd: 'find', limit: 2 })).truncated).toBe(true)
    expect(await fs.grep('port', { path: 'find', glob: '*.ts', ignoreCase: true, context: 1 })).toEqual({
      matches: [
        { path: 'find/src/main.ts', line: 1, column: 5, text: 'one port', before: [], after: ['two'] },
        { path: 'find/src/main.ts', line: 3, column: 1, text: 'Port three', before: ['two'], after: [] },
      ],
      truncated: false,
    })
    expect((await fs.grep('port', { path: 'find', limit: 1 })).truncated).toBe(true)
    await rejection(fs.grep('(', { path: 'find' }), 'INVALID_ARGUMENT')
    expect(await code(fs.glob('*', { cwd: 'missing' }))).toBe('ENOENT')
  })
})
