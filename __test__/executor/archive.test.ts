import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ArchiveEntry, tarOf } from '../support/archives.ts'
import { rejection } from '../support/errors.ts'
import { NOTHING, directories, leftovers, newExecutor } from '../support/tasks.ts'
import { tree, treeDirectory } from '../support/trees.ts'

/** A project, and the path of an archive of it made by `tar`. */
function packed(option: string) {
  const directory = treeDirectory()
  const project = path.join(directory, 'project')
  mkdirSync(path.join(project, 'src/empty'), { recursive: true })
  writeFileSync(path.join(project, 'run.sh'), '#!/bin/sh\ncat src/*/name* | wc -c', { mode: 0o755 })
  mkdirSync(path.join(project, `src/${'d'.repeat(120)}`))
  writeFileSync(path.join(project, `src/${'d'.repeat(120)}/name ${'é'.repeat(60)}`), 'x'.repeat(200_000))
  symlinkSync('../run.sh', path.join(project, 'src/link'))
  const archive = path.join(directory, 'project.tar')
  const { status, stderr } = spawnSync('tar', ['-cf', archive, option, '-C', project, '.'], { encoding: 'utf8' })
  expect(stderr + status).toBe('0')
  return { project, archive }
}

describe.each(['docker', 'host'] as const)('in isolation %s', (isolation) => {
  const { executor, tasksDir } = newExecutor({ isolation })
  const left = async () => (isolation === 'docker' ? leftovers(tasksDir) : { ...NOTHING, directories: directories(tasksDir) })

  test.each(['--format=posix', '--format=gnu', '-z'])('an archive made by tar %s is unpacked before the command runs', async (option) => {
    const { archive } = packed(option)
    const { stdout } = await executor.execute('src/link; stat -c "%a %n" run.sh src/empty; cat more', { archive, files: { more: 'written after' } })
    expect(stdout).toBe('200000\n755 run.sh\n755 src/empty\nwritten after')
    const bytes = readFileSync(archive)
    expect((await executor.execute('./run.sh', { archive: bytes })).stdout).toBe('200000\n')
    expect(await left()).toEqual(NOTHING)
  })

  test('an archive is unpacked into a directory of the host', async () => {
    const directory = treeDirectory()
    writeFileSync(path.join(directory, 'kept'), 'kept')
    writeFileSync(path.join(directory, 'old'), 'old')
    const archive = gzipSync(tarOf({ name: 'old', content: 'new' }, { name: 'a/b', content: 'x' }))
    expect((await executor.execute('cat kept old a/b', directory, { archive, chownWorkspace: true })).stdout).toBe('keptnewx')
    // In a container, the user's home is in the workspace.
    expect(Object.keys(tree(directory))).toEqual(['a', 'a/b', 'kept', 'old'])
  })

  const HOSTILE: [what: string, entries: ArchiveEntry[], entry: string, reason: string][] = [
    ['a name that leads out', [{ name: '../escaped' }], '../escaped', 'name'],
    ['a name that leads out later', [{ name: 'a/b/../../../escaped' }], 'a/b/../../../escaped', 'name'],
    ['an absolute name', [{ name: '/tmp/escaped' }], '/tmp/escaped', 'name'],
    ['a long name that leads out', [{ pax: { path: `${'a/'.repeat(100)}../escaped` } }], `${'a/'.repeat(100)}../escaped`, 'name'],
    ['a name with a NUL', [{ pax: { path: 'a\0b' } }], 'a\0b', 'name'],
    ['a link to an absolute path', [{ name: 'link', type: '2', target: '/tmp' }], 'link', 'link'],
    ['a link that leads out', [{ name: 'a/link', type: '2', target: '../../x' }], 'a/link', 'link'],
    ['links that lead out together', [{ name: 'a/up', type: '2', target: '..' }, { name: 'out', type: '2', target: 'a/up/../..' }], 'out', 'link'],
    ['a hard link to the outside', [{ name: 'hard', type: '1', target: '/etc/passwd' }], 'hard', 'hardlink'],
    ['a hard link within the archive', [{ name: 'one' }, { name: 'hard', type: '1', target: 'one' }], 'hard', 'hardlink'],
    ['a character device', [{ name: 'null', type: '3' }], 'null', 'kind'],
    ['a block device', [{ name: 'disk', type: '4' }], 'disk', 'kind'],
    ['a named pipe', [{ name: 'pipe', type: '6' }], 'pipe', 'kind'],
    ['a sparse file (GNU)', [{ name: 'holes', type: 'S', size: 2 ** 32 }], 'holes', 'kind'],
    ['a sparse file (POSIX)', [{ name: 'holes', pax: { 'GNU.sparse.realsize': String(2 ** 40) } }], 'pax', 'kind'],
    ['a negative size', [{ size: Buffer.from('-0000000001\0') }], 'file', 'archive'],
    ['a header without an entry', [{ name: 'x', type: 'x', content: '9 path=a\n' }], 'x', 'archive'],
  ]

  test.each(HOSTILE)('an archive with %s is refused, and nothing is written outside (F14)', async (_, entries, entry, reason) => {
    const archive = tarOf({ name: 'before', content: 'x' }, ...entries)
    const error = await rejection(executor.execute('touch /tmp/ran', { archive }), 'FILE_ERROR')
    expect(error.details).toMatchObject({ entry, reason })
    expect(existsSync('/tmp/escaped') || existsSync('/tmp/ran')).toBe(false)
    expect(await left()).toEqual(NOTHING)
  })

  test('nothing is written through a link in the same archive (F14)', async () => {
    const outside = treeDirectory()
    for (const target of [outside, '.']) {
      const archive = tarOf({ name: 'link', type: '2', target }, { name: 'link/escaped', content: 'x' })
      await rejection(executor.execute('true', { archive }), 'FILE_ERROR')
    }
    expect(readdirSync(outside)).toEqual([])
  })

  test('archive bombs are refused at once (F14)', async () => {
    const limit = async (archive: Buffer) => (await rejection(executor.execute('true', { archive }), 'FILE_TOO_LARGE')).details?.['limit']
    expect(await limit(gzipSync(tarOf({ name: 'zeros', size: 4 * 2 ** 30 })))).toBe(2 ** 30)
    expect(await limit(tarOf({ name: 'negative', size: Buffer.alloc(12, 0xff) }))).toBe(2 ** 30)
    const headers = gzipSync(Buffer.alloc(10_000 * 512, tarOf({ name: './', type: '5' }).subarray(0, 512)))
    expect(await limit(Buffer.concat(Array.from({ length: 51 }, () => headers)))).toBe(500_000)
    const twice = tarOf({ name: 'a/x' }, { name: 'a/x' })
    expect((await rejection(executor.execute('true', { archive: twice }), 'FILE_ERROR')).details).toMatchObject({ errno: 'EEXIST' })
    expect(await left()).toEqual(NOTHING)
  })

  test('a broken or missing archive is an error, and no command runs', async () => {
    const whole = tarOf({ name: 'a', content: 'x'.repeat(1000) })
    for (const archive of [Buffer.from('PK\x03\x04'), whole.subarray(0, 700), gzipSync(whole).subarray(0, 60), Buffer.alloc(5000, 'x')]) {
      expect((await rejection(executor.execute('touch /tmp/ran', { archive }), 'FILE_ERROR')).details).toMatchObject({ reason: 'archive' })
    }
    const directory = treeDirectory()
    for (const [archive, errno] of [[path.join(directory, 'none'), 'ENOENT'], [directory, 'EISDIR'], ['/dev/zero', 'EINVAL']] as const) {
      expect((await rejection(executor.execute('touch /tmp/ran', { archive }), 'FILE_ERROR')).details).toMatchObject({ errno, path: archive })
    }
    for (const archive of ['', 'a\0b', 7 as never]) expect((await rejection(executor.execute('true', { archive }), 'INVALID_ARGUMENT')).details?.['argument']).toBe('archive')
    expect(existsSync('/tmp/ran')).toBe(false)
    expect(await left()).toEqual(NOTHING)
  })

  test('a task aborted while its archive is unpacked leaves nothing', async () => {
    const archive = gzipSync(Buffer.concat(Array.from({ length: 20 }, (_unused, index) => tarOf({ name: String(index), content: Buffer.alloc(2 ** 20) }).subarray(0, -1024))), { level: 1 })
    const error = await rejection(executor.execute('true', { archive, signal: AbortSignal.timeout(1) }), 'ABORTED')
    expect(error.message).toBeTruthy()
    await expect.poll(left, { timeout: 20_000 }).toEqual(NOTHING)
  })
})
