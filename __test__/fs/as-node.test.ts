import { promises as nodeFs } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { SandboxFs } from '../../index.js'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'

// The same operations on a directory of this machine by node:fs, and in a sandbox by box.fs. Both must tell the same.

const box = newSandboxes({ network: 'none' })
const fs = box.fs('a')
let host: string

beforeAll(() => {
  host = mkdtempSync(path.join(tmpdir(), 'cofferdam-fs-'))
  cleanUp(() => rmSync(host, { recursive: true, force: true }))
  process.umask(0o022)
})

type Operation = (files: SandboxFs, at: (name: string) => string) => Promise<unknown>

/** What an operation resolves to or rejects with; paths are as in the sandbox. */
async function told(files: SandboxFs, root: string, operation: Operation): Promise<unknown> {
  const at = (name: string) => path.posix.join(root, name)
  const plain = (value: unknown): unknown => (typeof value === 'string' ? value.replaceAll(root, '/workspace') : value)
  try {
    return plain(await operation(files, at))
  } catch (error) {
    const { code, errno, syscall, path: named, dest } = error as Record<string, unknown>
    return { code, errno, syscall, path: plain(named), dest: plain(dest) }
  }
}

const shape = (stats: { size: number; mode: number; nlink: number; isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean; mtime: Date; mtimeMs: number }) => ({
  size: stats.isDirectory() ? 0 : stats.size,
  mode: stats.mode.toString(8),
  types: [stats.isFile(), stats.isDirectory(), stats.isSymbolicLink()],
  isDate: stats.mtime instanceof Date && Math.abs(stats.mtime.getTime() - stats.mtimeMs) < 1,
})

const OPERATIONS: Record<string, Operation> = {
  'a missing file is examined': (files, at) => files.stat(at('missing')),
  'a missing file is read': (files, at) => files.readFile(at('missing'), 'utf8'),
  'a file is written': (files, at) => files.writeFile(at('file'), 'hello é'),
  'a file is read as text': (files, at) => files.readFile(at('file'), 'utf8'),
  'a file is read as base64': (files, at) => files.readFile(at('file'), { encoding: 'base64' }),
  'a file is read as bytes': async (files, at) => [...(await files.readFile(at('file')))],
  'a file is examined': async (files, at) => shape(await files.stat(at('file'))),
  'a file is extended': async (files, at) => [await files.appendFile(at('file'), ' more'), await files.readFile(at('file'), 'utf8')],
  'a file is written in a missing directory': (files, at) => files.writeFile(at('no/such/file'), ''),
  'a file is written that must be new': (files, at) => files.writeFile(at('file'), '', { flag: 'wx' }),
  'a new file gets a mode': async (files, at) => [await files.writeFile(at('tool'), '#!', { mode: 0o777 }), shape(await files.stat(at('tool')))],
  'a file that exists keeps its mode': async (files, at) => [await files.writeFile(at('tool'), '#!x', { mode: 0o600 }), shape(await files.stat(at('tool')))],
  'a mode is changed': async (files, at) => [await files.chmod(at('tool'), 0o640), shape(await files.stat(at('tool')))],
  'a mode is given in digits': async (files, at) => [await files.chmod(at('tool'), '755'), shape(await files.stat(at('tool')))],
  'a file is cut': async (files, at) => [await files.truncate(at('file'), 5), await files.readFile(at('file'), 'latin1')],
  'a missing file is cut': (files, at) => files.truncate(at('missing'), 1),
  'times are set': async (files, at) => [await files.utimes(at('file'), 1000.5, new Date(2_000_250)), (await files.stat(at('file'))).atimeMs, (await files.stat(at('file'))).mtimeMs],
  'a directory is made': (files, at) => files.mkdir(at('dir')),
  'a directory is made again': (files, at) => files.mkdir(at('dir')),
  'a directory is made below nothing': (files, at) => files.mkdir(at('no/dir')),
  'directories are made': (files, at) => files.mkdir(at('dir/one/two'), { recursive: true }),
  'directories are made again': (files, at) => files.mkdir(at('dir/one/two'), { recursive: true }),
  'directories are made where a file is': (files, at) => files.mkdir(at('file'), { recursive: true }),
  'directories are made below a file': (files, at) => files.mkdir(at('file/below'), { recursive: true }),
  'the top directory is made': (files) => files.mkdir('/'),
  'a directory is examined': async (files, at) => shape(await files.stat(at('dir'))),
  'a directory is read as a file': (files, at) => files.readFile(at('dir')).catch((error) => error.code),
  'a directory is listed': async (files, at) => (await files.readdir(at('.'))).sort(),
  'a directory is listed with types': async (files, at) => (await files.readdir(at('.'), { withFileTypes: true })).map((entry) => [entry.name, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink()]).sort(),
  'a tree is listed': async (files, at) => (await files.readdir(at('.'), { recursive: true })).sort(),
  'a tree is listed with types': async (files, at) => (await files.readdir(at('.'), { recursive: true, withFileTypes: true })).map((entry) => `${entry.parentPath}/${entry.name}`.replace(at('.'), '/workspace')).sort(),
  'names are listed as bytes': async (files, at) => (await files.readdir(at('dir'), 'buffer')).map((name) => [...name]),
  'a missing directory is listed': (files, at) => files.readdir(at('missing')),
  'a file is listed': (files, at) => files.readdir(at('file')),
  'a link is made': (files, at) => files.symlink('file', at('link')),
  'a link is made again': (files, at) => files.symlink('file', at('link')),
  'a link is read': (files, at) => files.readlink(at('link')),
  'a file is read as a link': (files, at) => files.readlink(at('file')),
  'a link is examined': async (files, at) => [shape(await files.lstat(at('link'))), shape(await files.stat(at('link')))],
  'a file is read through a link': (files, at) => files.readFile(at('link'), 'utf8'),
  'a file is written through a link': async (files, at) => [await files.writeFile(at('link'), 'through'), await files.readFile(at('file'), 'utf8'), (await files.lstat(at('link'))).isSymbolicLink()],
  'a mode is changed through a link': async (files, at) => [await files.chmod(at('link'), 0o600), shape(await files.stat(at('file')))],
  'a path is resolved': (files, at) => files.realpath(at('dir/../link')),
  'a missing path is resolved': (files, at) => files.realpath(at('missing')),
  'a link to itself is read': async (files, at) => [await files.symlink('loop', at('loop')), await files.readFile(at('loop')).catch((error) => error.code)],
  'access is granted': (files, at) => files.access(at('file'), 6),
  'access is refused': (files, at) => files.access(at('file'), 1),
  'access to nothing is refused': (files, at) => files.access(at('missing')),
  'a file is renamed': async (files, at) => [await files.rename(at('tool'), at('renamed')), await files.readFile(at('renamed'), 'utf8')],
  'a missing file is renamed': (files, at) => files.rename(at('missing'), at('other')),
  'a file is copied': async (files, at) => [await files.copyFile(at('renamed'), at('copy')), shape(await files.stat(at('copy')))],
  'a file is copied that must be new': (files, at) => files.copyFile(at('renamed'), at('copy'), 1),
  'a missing file is copied': (files, at) => files.copyFile(at('missing'), at('copy')),
  'a file is deleted': (files, at) => files.unlink(at('copy')),
  'a missing file is deleted': (files, at) => files.unlink(at('copy')),
  'a directory is deleted as an empty one': (files, at) => files.rmdir(at('dir')),
  'an empty directory is deleted': (files, at) => files.rmdir(at('dir/one/two')),
  'a file is deleted as a directory': (files, at) => files.rmdir(at('file')),
  'a missing thing is removed': (files, at) => files.rm(at('missing')),
  'a missing thing is removed by force': (files, at) => files.rm(at('missing'), { force: true }),
  'a directory is removed without its content': (files, at) => files.rm(at('dir')).catch((error) => error.code),
  'a tree is copied': async (files, at) => [await files.writeFile(at('dir/deep'), 'deep'), await files.symlink('deep', at('dir/alias')), await files.cp(at('dir'), at('tree'), { recursive: true, verbatimSymlinks: true } as object), (await files.readdir(at('tree'), { recursive: true })).sort(), await files.readlink(at('tree/alias'))],
  'a tree is copied as a file': (files, at) => files.cp(at('dir'), at('other')).catch((error) => error.code),
  'a tree is copied into itself': (files, at) => files.cp(at('dir'), at('dir/inside'), { recursive: true }).catch((error) => error.code),
  'a copy keeps what is there': async (files, at) => [await files.writeFile(at('tree/deep'), 'mine'), await files.cp(at('dir/deep'), at('tree/deep'), { force: false }), await files.readFile(at('tree/deep'), 'utf8')],
  'a copy refuses what is there': (files, at) => files.cp(at('dir/deep'), at('tree/deep'), { force: false, errorOnExist: true }).catch((error) => error.code),
  'a tree is removed': async (files, at) => [await files.rm(at('tree'), { recursive: true }), await files.access(at('tree')).catch((error) => error.code)],
  'a temporary directory is made': async (files, at) => [/tmp-\w{6}$/.test(await files.mkdtemp(at('tmp-'))), (await files.readdir(at('.'))).filter((name) => name.startsWith('tmp-')).length],
  'a file stays open': async (files, at) => {
    const file = await files.open(at('open'), 'w+')
    const one = await file.write('hello world')
    const two = await file.write(Buffer.from('HELLO'), 0, 4, 0)
    const read = await file.read(Buffer.alloc(20), 0, 20, 2)
    await file.truncate(8)
    const { size } = await file.stat()
    await file.close()
    return [one.bytesWritten, two.bytesWritten, read.bytesRead, read.buffer.toString(), size, await files.readFile(at('open'), 'utf8'), await file.stat().then(() => 'open', (error) => error.code)]
  },
  'a missing file is opened': (files, at) => files.open(at('missing'), 'r+'),
  'a file is opened that must be new': (files, at) => files.open(at('file'), 'ax'),
  'what is read goes on': async (files, at) => {
    const file = await files.open(at('open'))
    const first = await file.read({ buffer: Buffer.alloc(3) })
    const rest = await file.readFile('utf8')
    await file.close()
    return [first.buffer.toString(), rest]
  },
}

test.for(Object.entries(OPERATIONS))('%s', async ([, operation]) => {
  const expected = await told(nodeFs as unknown as SandboxFs, host, operation)
  expect(await told(fs, '/workspace', operation)).toEqual(expected)
})
